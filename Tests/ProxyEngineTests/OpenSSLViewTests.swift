import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

/// Rows a to d as OpenSSL sees them.
@Suite(.enabled(if: PythonClient.isPresent, "python3 with its ssl module is not installed"))
struct OpenSSLViewTests {
    private static let reply = SeededStream.bytes(300_000, seed: 40)

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aClientThatClosedGetsTheReplyAndACleanEnd(version: Version) throws {
        let backend = WatchedBackend.answering(Self.reply)
        let proxy = TestProxy(backend: backend.address)
        let seen = PythonClient.run(.closes, version: version, address: proxy.address, question: "hello")
        #expect(seen == "300000 close_notify fin")
        let view = try #require(backend.view())
        #expect(view.bytes == Array("hello".utf8))
        #expect(view.end == .finished)
        proxy.expectEnd(.finished, toBackend: 5, toClient: 300_000)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aTruncatedClientGetsTheReplyAndItsBackendIsReset(version: Version) throws {
        let backend = WatchedBackend { socket in
            let bytes = socket.read(exactly: 5)
            socket.writeAll(Self.reply)
            socket.finish()
            return WatchedBackend.View(bytes: bytes, end: socket.readView().end)
        }
        let proxy = TestProxy(backend: backend.address)
        let seen = PythonClient.run(.truncates, version: version, address: proxy.address, question: "hello")
        #expect(seen == "300000 close_notify fin")
        #expect(backend.view()?.end == .connectionReset)
        proxy.expectEnd(.clientTruncated, toBackend: 5, toClient: 300_000)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func theUploadGoesOnBehindTheBackendsCleanEnd(version: Version) throws {
        let backend = WatchedBackend { socket in
            socket.writeAll(Self.reply)
            socket.finish()
            return socket.readView()
        }
        let proxy = TestProxy(backend: backend.address)
        let seen = PythonClient.run(.uploadsLater, version: version, address: proxy.address, question: "hello")
        #expect(seen == "300000 close_notify fin")
        let view = try #require(backend.view())
        #expect(view.bytes.count == 300_005)
        #expect(view.end == .finished)
        proxy.expectEnd(.finished, toBackend: 300_005, toClient: 300_000)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aBackendsResetIsATruncation(version: Version) throws {
        let backend = WatchedBackend { socket in
            let bytes = socket.read(exactly: 5)
            socket.writeAll(SeededStream.bytes(10_000))
            socket.reset()
            return WatchedBackend.View(bytes: bytes, end: .silent)
        }
        let proxy = TestProxy(backend: backend.address)
        let seen = PythonClient.run(.reads, version: version, address: proxy.address, question: "hello")
        #expect(seen == "10000 truncated")
        #expect(backend.view()?.bytes == Array("hello".utf8))
        proxy.expectEnd(.backendReset, toBackend: 5, toClient: 10_000)
    }
}
