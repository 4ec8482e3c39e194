import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

/// Rows a and b: the client ends its stream, with close_notify and without.
@Suite struct ClientCloseTests {
    private static let question = SeededStream.bytes(100_000, seed: 2)
    private static let reply = SeededStream.bytes(300_000, seed: 3)

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aClientThatClosedReadsTheWholeReplyAndItsCleanEnd(version: Version) throws {
        let backend = WatchedBackend.answering(Self.reply)
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write(Self.question))
        client.close()
        let (bytes, end) = client.readAll()
        expectSame(bytes, Self.reply)
        #expect(end == .closeNotify)
        #expect(client.socket.readSome().1 == .finished, "close_notify, and then FIN")
        client.socket.close()
        let view = try #require(backend.view())
        expectSame(view.bytes, Self.question)
        #expect(view.end == .finished)
        proxy.expectEnd(.finished, toBackend: 100_000, toClient: 300_000)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func whatAClientSendsAfterItsCloseNotifyIsNoData(version: Version) throws {
        let isClosed = Arrival<Bool>()
        let backend = WatchedBackend { socket in
            let view = socket.readView()
            _ = isClosed.wait()
            socket.writeAll(Self.reply)
            socket.finish()
            return view
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write(Self.question))
        client.close()
        #expect(client.socket.writeAll([UInt8](repeating: 23, count: 500_000)))
        isClosed.open()
        let (bytes, end) = client.readAll()
        expectSame(bytes, Self.reply)
        #expect(end == .closeNotify)
        client.socket.close()
        expectSame(try #require(backend.view()).bytes, Self.question)
        proxy.expectEnd(.finished, toBackend: 100_000, toClient: 300_000)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func behindATruncatedClientTheReplyIsDeliveredAndThenTheBackendIsReset(version: Version) throws {
        let backend = WatchedBackend { socket in
            var view = WatchedBackend.View(bytes: socket.read(exactly: Self.question.count), end: .silent)
            socket.writeAll(Self.reply)
            socket.finish()
            let rest = socket.readView()
            view.bytes += rest.bytes
            view.end = rest.end
            return view
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write(Self.question))
        client.socket.finish()
        let (bytes, end) = client.readAll()
        expectSame(bytes, Self.reply)
        #expect(end == .closeNotify, "the backend's stream has ended cleanly")
        let view = try #require(backend.view())
        expectSame(view.bytes, Self.question)
        #expect(view.end == .connectionReset)
        proxy.expectEnd(.clientTruncated, toBackend: 100_000, toClient: 300_000)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func behindATruncatedClientASilentBackendIsResetWhenTheGraceIsOver(version: Version) throws {
        let backend = WatchedBackend { $0.readView() }
        let timeouts = TimeLimits(truncationGrace: .milliseconds(300))
        let proxy = TestProxy(backend: backend.address, timeouts: timeouts)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write(Self.question))
        client.socket.finish()
        let (bytes, end) = client.readAll()
        #expect(bytes.isEmpty)
        #expect(end == .truncated, "FIN without close_notify")
        let view = try #require(backend.view())
        expectSame(view.bytes, Self.question)
        #expect(view.end == .connectionReset)
        let report = try #require(proxy.expectEnd(.clientTruncated, toBackend: 100_000, toClient: 0))
        #expect(report.duration >= .milliseconds(300))
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func withThePolicyResetATruncatedClientEndsTheBackendAtOnce(version: Version) throws {
        let backend = WatchedBackend { $0.readView() }
        let proxy = TestProxy(
            backend: backend.address,
            timeouts: TimeLimits(truncationGrace: .seconds(60)),
            truncation: .reset
        )
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write(Self.question))
        client.socket.finish()
        let (bytes, end) = client.readAll()
        #expect(bytes.isEmpty)
        #expect(end == .truncated)
        let view = try #require(backend.view())
        expectSame(view.bytes, Self.question)
        #expect(view.end == .connectionReset)
        let report = try #require(proxy.expectEnd(.clientTruncated, toBackend: 100_000, toClient: 0))
        #expect(report.duration < .seconds(10))
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func withThePolicyHalfCloseATruncatedClientLooksLikeACleanEnd(version: Version) throws {
        let backend = WatchedBackend.answering(Self.reply)
        let proxy = TestProxy(backend: backend.address, truncation: .halfClose)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write(Self.question))
        client.socket.finish()
        let (bytes, end) = client.readAll()
        expectSame(bytes, Self.reply)
        #expect(end == .closeNotify)
        let view = try #require(backend.view())
        expectSame(view.bytes, Self.question)
        #expect(view.end == .finished)
        proxy.expectEnd(.clientTruncated, toBackend: 100_000, toClient: 300_000)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func ofARecordThatIsCutInTheMiddleNothingReachesTheBackend(version: Version) throws {
        let backend = WatchedBackend { $0.readView() }
        let proxy = TestProxy(backend: backend.address, truncation: .reset)
        let client = try #require(ScriptedClient.connected(proxy.address, policy: version.policy))
        #expect(client.socket.writeAll(client.seal([1, 2, 3])))
        #expect(client.socket.writeAll(Array(client.seal(Self.question).dropLast())))
        client.socket.finish()
        #expect(client.readAll().1 == .truncated)
        let view = try #require(backend.view())
        let whole = Self.question.count / RecordLayer.plaintextLimit * RecordLayer.plaintextLimit
        expectSame(view.bytes, [1, 2, 3] + Self.question.prefix(whole))
        #expect(view.end == .connectionReset)
        proxy.expectEnd(.clientTruncated, toBackend: 3 + whole)
    }
}
