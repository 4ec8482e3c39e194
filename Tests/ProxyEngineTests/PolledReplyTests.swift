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
    private static let quickBytes = 2 * quickReplies
    /// Longer than any wait for a condition: a poll that goes on is seen to go on.
    private static let long = Duration.seconds(60)
    /// The first connection's writer.
    private static let writer = "wr-1"

    /// Answers each message with itself; one that begins with `held` when it is told to, and as it was told at the start.
    private final class HoldingBackend: Sendable {
        let hasHeld = Arrival<Bool>()
        let mayAnswer = Arrival<Bool>()
        let backend: TestBackend

        init(answer: @escaping @Sendable (Socket, [UInt8]) -> Void = { $0.writeAll($1) }) {
            let (hasHeld, mayAnswer) = (hasHeld, mayAnswer)
            backend = TestBackend { socket in
                socket.readAll { bytes in
                    guard bytes.first == PolledReplyTests.held else { return _ = socket.writeAll(bytes) }
                    hasHeld.open()
                    _ = mayAnswer.wait()
                    answer(socket, bytes)
                }
                socket.finish()
            }
        }

        /// Has a quick conversation, until a reply that would be polled for is held.
        ///
        /// - Parameter disturb: done before each reply that is not held, but for the first.
        func holdReply(through proxy: TestProxy, disturb: () -> Void = {}) throws -> TestClient {
            let client = try #require(TestClient.connect(proxy.address))
            for number in 0..<PolledReplyTests.quickReplies {
                if number > 0 { disturb() }
                let message = [UInt8(number), 7]
                #expect(client.write(message))
                #expect(client.read(exactly: 2) == message)
            }
            #expect(client.write([PolledReplyTests.held]))
            #expect(hasHeld.wait() == true)
            return client
        }

        /// Lets the reply come, and the connection end.
        func expectReply(to client: TestClient, through proxy: TestProxy) {
            mayAnswer.open()
            #expect(client.read(exactly: 1) == [PolledReplyTests.held])
            client.close()
            #expect(client.readAll() == ([], .closeNotify))
            client.socket.close()
            let count = PolledReplyTests.quickBytes + 1
            proxy.expectEnd(.finished, toBackend: count, toClient: count)
        }
    }

    /// Whether the writer uses a processor, though no byte moves.
    private static func polls() -> Bool {
        guard let before = ThreadClock(threadNamed: writer)?.milliseconds else { return false }
        return Eventually.holds { (ThreadClock(threadNamed: writer)?.milliseconds ?? 0) - before > 100 }
    }

    private static func sleeps() -> Bool { Eventually.holds { ProcessCensus.isAsleep(writer) } }

    @Test func `a quick conversation's reply is polled for`() throws {
        let backend = HoldingBackend()
        let proxy = TestProxy(backend: backend.backend.address, pollLimit: Self.long)
        let client = try backend.holdReply(through: proxy)
        #expect(Self.polls())
        backend.expectReply(to: client, through: proxy)
    }

    @Test func `after a poll in vain the writer sleeps, and the reply comes all the same`() throws {
        let backend = HoldingBackend()
        let proxy = TestProxy(backend: backend.backend.address, pollLimit: .milliseconds(300))
        let client = try backend.holdReply(through: proxy)
        #expect(Self.sleeps())
        backend.expectReply(to: client, through: proxy)
    }

    @Test func `without polls the writer sleeps`() throws {
        let backend = HoldingBackend()
        let proxy = TestProxy(backend: backend.backend.address, pollLimit: Self.long, isPolling: false)
        #expect(!proxy.engine.isPolling)
        let client = try backend.holdReply(through: proxy)
        #expect(Self.sleeps())
        backend.expectReply(to: client, through: proxy)
    }

    @Test func `beside more connections than half of the processors the writer sleeps`() throws {
        let backend = HoldingBackend()
        let proxy = TestProxy(backend: backend.backend.address, pollLimit: Self.long)
        let others = 2 * max(1, ResourceLimits.processorCount / 2)
        for _ in 0..<others { proxy.engine.core.polls.directionMoves() }
        let client = try backend.holdReply(through: proxy)
        #expect(Self.sleeps())
        backend.expectReply(to: client, through: proxy)
    }

    @Test func `while handshakes crowd their gate the writer sleeps`() throws {
        let backend = HoldingBackend()
        let proxy = TestProxy(backend: backend.backend.address, pollLimit: Self.long)
        let gate = proxy.engine.core.handshakes
        var places: [HandshakeGate.Visit] = []
        defer { for place in places { gate.leave(place) } }
        // Takes what is free, and finds no more.
        let client = try backend.holdReply(through: proxy) {
            while case .entered(let place) = gate.enter(until: .now, stop: StopSignal()) { places.append(place) }
        }
        #expect(Self.sleeps())
        backend.expectReply(to: client, through: proxy)
    }

    @Test(.timeLimit(.minutes(5)), arguments: [true, false])
    func `every byte comes once and in order, polled for or not`(isPolling: Bool) throws {
        let backend = TestBackend.echo()
        let proxy = TestProxy(backend: backend.address, pollLimit: Self.long, isPolling: isPolling)
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

    @Test func `the end of the stream reaches a writer that polls`() throws {
        let backend = HoldingBackend { socket, _ in socket.finish() }
        let proxy = TestProxy(backend: backend.backend.address, pollLimit: Self.long)
        let client = try backend.holdReply(through: proxy)
        #expect(Self.polls())
        backend.mayAnswer.open()
        #expect(client.readAll() == ([], .closeNotify))
        client.close()
        client.socket.close()
        proxy.expectEnd(.finished, toBackend: Self.quickBytes + 1, toClient: Self.quickBytes)
    }

    @Test func `a reset reaches a writer that polls`() throws {
        let backend = HoldingBackend { socket, _ in socket.reset() }
        let proxy = TestProxy(backend: backend.backend.address, pollLimit: Self.long)
        let client = try backend.holdReply(through: proxy)
        #expect(Self.polls())
        backend.mayAnswer.open()
        let (rest, end) = client.readAll()
        #expect(rest.isEmpty && end != .closeNotify)
        client.socket.close()
        proxy.expectEnd(.backendReset, toBackend: Self.quickBytes + 1, toClient: Self.quickBytes)
    }

    @Test func `a stop reaches a writer that has polled in vain`() throws {
        let backend = HoldingBackend()
        let proxy = TestProxy(backend: backend.backend.address, pollLimit: .seconds(1))
        defer { backend.mayAnswer.open() }
        let client = try backend.holdReply(through: proxy)
        #expect(Self.polls())
        #expect(proxy.engine.shutdown(until: .now.advanced(by: .seconds(10))))
        client.socket.close()
    }

    @Test func `who moves bytes is counted until it is silent or has ended`() throws {
        let backend = TestBackend.echo()
        let proxy = TestProxy(backend: backend.address)
        let polls = proxy.engine.core.polls
        let client = try #require(TestClient.connect(proxy.address))
        let echo = { (number: UInt8) in client.write([number]) && client.read(exactly: 1) == [number] }
        #expect(echo(1))
        #expect(Eventually.holds { polls.movingDirections == 0 }, "both are silent")
        #expect(Eventually.holds { echo(2) && polls.movingDirections == 2 })
        #expect(Eventually.holds { polls.movingDirections == 0 }, "both are silent again")
        #expect(echo(3))
        client.socket.reset()
        #expect(proxy.nextReport() != nil)
        #expect(Eventually.holds { polls.movingDirections == 0 }, "the client is gone")
    }

    /// Whether the one connection has moved bytes, and both its directions are at rest now.
    private static func hasStalled(_ engine: Engine) -> Bool {
        let progress = engine.core.table.snapshot.first?.progress ?? 0
        return progress > 100_000 && engine.core.polls.movingDirections == 0
    }

    @Test func `who waits for a client that does not read is not counted`() throws {
        let backend = TestBackend { $0.writeAll(SeededStream.bytes(20_000_000, seed: 82)) }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(TestClient.connect(proxy.address))
        #expect(Eventually.holds { Self.hasStalled(proxy.engine) })
        client.socket.reset()
        #expect(proxy.nextReport() != nil)
        #expect(Eventually.holds { proxy.engine.core.polls.movingDirections == 0 })
    }

    @Test func `who waits for a backend that does not read is not counted`() throws {
        let mayEnd = Arrival<Bool>()
        defer { mayEnd.open() }
        let backend = TestBackend { socket in
            _ = mayEnd.wait()
            socket.reset()
        }
        let proxy = TestProxy(backend: backend.address)
        let address = proxy.address
        let uploading = try Thread(name: "uploader", stackSize: 1 << 20) {
            guard let client = TestClient.connect(address) else { return }
            _ = client.write(SeededStream.bytes(20_000_000, seed: 83))
            client.socket.close()
        }
        #expect(Eventually.holds { Self.hasStalled(proxy.engine) })
        mayEnd.open()
        uploading.join()
        #expect(proxy.nextReport() != nil)
        #expect(Eventually.holds { proxy.engine.core.polls.movingDirections == 0 })
    }
}
