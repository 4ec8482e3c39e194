import DuplexPosix
import TestSupport
import Testing

@testable import ProxyEngine

/// A writer that polls for replies, over real sockets.
@Suite struct PolledReplyTests {
    private static let held: UInt8 = 255
    /// The writer has its thread after four of them, and polls are tried after one more and as many as are compared, for
    /// as many. A few more, since those around a pause of the machine's are not compared.
    private static let quickReplies = FirstExchange.moveLimit / 2 + 1 + BusyPoll.sampleCount + 6

    /// Answers each message with itself; one that begins with `held` when it is told to.
    private final class HoldingBackend: Sendable {
        let hasHeld = Arrival<Bool>()
        let mayAnswer = Arrival<Bool>()
        let backend: TestBackend

        init() {
            let (hasHeld, mayAnswer) = (hasHeld, mayAnswer)
            backend = TestBackend { socket in
                socket.readAll { bytes in
                    if bytes.first == PolledReplyTests.held {
                        hasHeld.open()
                        _ = mayAnswer.wait()
                    }
                    socket.writeAll(bytes)
                }
                socket.finish()
            }
        }
    }

    /// The first connection's writer.
    private static let writer = "wr-1"

    /// Holds the reply that would be polled for until `isExpected`.
    ///
    /// - Parameter disturb: done before each reply that is not held.
    private func expectWriter(
        of proxy: TestProxy,
        _ backend: HoldingBackend,
        disturb: () -> Void = {},
        _ isExpected: () -> Bool
    ) throws {
        let client = try #require(TestClient.connect(proxy.address))
        defer { backend.mayAnswer.open() }
        for number in 0..<Self.quickReplies {
            disturb()
            let message = [UInt8(number), 7]
            #expect(client.write(message))
            #expect(client.read(exactly: 2) == message)
        }
        #expect(client.write([Self.held, 1, 2]))
        #expect(backend.hasHeld.wait() == true)
        #expect(Eventually.holds { isExpected() })
        backend.mayAnswer.open()
        #expect(client.read(exactly: 3) == [Self.held, 1, 2])
        client.close()
        #expect(client.readAll() == ([], .closeNotify))
        client.socket.close()
        let count = 2 * Self.quickReplies + 3
        proxy.expectEnd(.finished, toBackend: count, toClient: count)
    }

    @Test func `a quick conversation's reply is polled for`() throws {
        let backend = HoldingBackend()
        let proxy = TestProxy(backend: backend.backend.address, pollLimit: .seconds(60))
        var atFirst: Int?
        try expectWriter(of: proxy, backend) {
            // It uses a processor though no byte moves.
            guard let now = ThreadClock(threadNamed: Self.writer)?.milliseconds else { return false }
            if atFirst == nil { atFirst = now }
            return now - (atFirst ?? now) > 100
        }
    }

    @Test func `without polls the writer sleeps`() throws {
        let backend = HoldingBackend()
        let proxy = TestProxy(backend: backend.backend.address, pollLimit: .seconds(60), isPolling: false)
        #expect(!proxy.engine.isPolling)
        try expectWriter(of: proxy, backend) { ProcessCensus.isAsleep(Self.writer) }
    }

    @Test func `beside more connections than half of the processors the writer sleeps`() throws {
        let backend = HoldingBackend()
        let proxy = TestProxy(backend: backend.backend.address, pollLimit: .seconds(60))
        let others = 2 * max(1, ResourceLimits.processorCount / 2)
        for _ in 0..<others { proxy.engine.core.polls.directionMoves() }
        try expectWriter(of: proxy, backend) { ProcessCensus.isAsleep(Self.writer) }
    }

    @Test func `while handshakes crowd their gate the writer sleeps`() throws {
        let backend = HoldingBackend()
        let proxy = TestProxy(backend: backend.backend.address, pollLimit: .seconds(60))
        let gate = proxy.engine.core.handshakes
        var places: [HandshakeGate.Visit] = []
        defer { for place in places { gate.leave(place) } }
        // Takes what is free, and finds no more.
        let crowd = {
            while case .entered(let place) = gate.enter(until: .now, stop: StopSignal()) { places.append(place) }
        }
        try expectWriter(of: proxy, backend, disturb: crowd) { ProcessCensus.isAsleep(Self.writer) }
    }

    @Test(.timeLimit(.minutes(5)), arguments: [Duration.nanoseconds(1), .milliseconds(2), .seconds(10)])
    func `whether polls find their replies or not, every byte comes once and in order`(limit: Duration) throws {
        let backend = TestBackend.echo()
        let proxy = TestProxy(backend: backend.address, pollLimit: limit)
        let client = try #require(TestClient.connect(proxy.address))
        let sizes = [1, 64, 700, 3000, 16_384, 1, 1, 40_000]
        var (stream, count) = (SeededStream(seed: 81), 0)
        for number in 0..<600 {
            let message = stream.next(number < 300 ? 64 : sizes[number % sizes.count])
            #expect(client.write(message))
            expectSame(client.read(exactly: message.count), message)
            count += message.count
        }
        client.close()
        #expect(client.readAll() == ([], .closeNotify))
        client.socket.close()
        proxy.expectEnd(.finished, toBackend: count, toClient: count)
    }

    @Test func `a reply that is polled for may be the stream's end`() throws {
        let backend = TestBackend { socket in
            for _ in 0..<Self.quickReplies { socket.writeAll(socket.read(exactly: 1)) }
            _ = socket.read(exactly: 1)
            socket.finish()
            socket.readAll { _ in }
        }
        let proxy = TestProxy(backend: backend.address, pollLimit: .seconds(60))
        let client = try #require(TestClient.connect(proxy.address))
        for number in 0..<Self.quickReplies {
            #expect(client.write([UInt8(number)]))
            #expect(client.read(exactly: 1) == [UInt8(number)])
        }
        #expect(client.write([1]))
        #expect(client.readAll() == ([], .closeNotify))
        client.close()
        client.socket.close()
        proxy.expectEnd(.finished, toBackend: Self.quickReplies + 1, toClient: Self.quickReplies)
    }

    @Test func `a backend that resets while it is polled is told to the client`() throws {
        let backend = TestBackend { socket in
            for _ in 0..<Self.quickReplies { socket.writeAll(socket.read(exactly: 1)) }
            _ = socket.read(exactly: 1)
            socket.reset()
        }
        let proxy = TestProxy(backend: backend.address, pollLimit: .seconds(60))
        let client = try #require(TestClient.connect(proxy.address))
        for number in 0..<Self.quickReplies {
            #expect(client.write([UInt8(number)]))
            #expect(client.read(exactly: 1) == [UInt8(number)])
        }
        #expect(client.write([1]))
        let (rest, end) = client.readAll()
        #expect(rest.isEmpty && end != .closeNotify)
        client.socket.close()
        proxy.expectEnd(.backendReset, toBackend: Self.quickReplies + 1, toClient: Self.quickReplies)
    }

    @Test func `a stop reaches a writer that polls`() throws {
        let backend = HoldingBackend()
        let proxy = TestProxy(backend: backend.backend.address, pollLimit: .seconds(1))
        defer { backend.mayAnswer.open() }
        let client = try #require(TestClient.connect(proxy.address))
        for number in 0..<Self.quickReplies {
            #expect(client.write([UInt8(number)]))
            #expect(client.read(exactly: 1) == [UInt8(number)])
        }
        #expect(client.write([Self.held]))
        #expect(backend.hasHeld.wait() == true)
        #expect(proxy.engine.shutdown(until: .now.advanced(by: .seconds(10))))
        client.socket.close()
    }

    @Test func `who moves bytes is counted until it is silent or has ended`() throws {
        let backend = TestBackend.echo()
        let proxy = TestProxy(backend: backend.address)
        let polls = proxy.engine.core.polls
        let client = try #require(TestClient.connect(proxy.address))
        #expect(client.write([1]))
        #expect(client.read(exactly: 1) == [1])
        #expect(Eventually.holds { polls.movingDirections == 0 }, "both are silent")
        for number in 0..<20 as Range<UInt8> {
            #expect(client.write([number]))
            #expect(client.read(exactly: 1) == [number])
        }
        #expect(polls.movingDirections == 2)
        #expect(Eventually.holds { polls.movingDirections == 0 }, "both are silent again")
        #expect(client.write([1]))
        #expect(client.read(exactly: 1) == [1])
        client.socket.reset()
        #expect(proxy.nextReport() != nil)
        #expect(Eventually.holds { polls.movingDirections == 0 }, "the client is gone")
    }
}
