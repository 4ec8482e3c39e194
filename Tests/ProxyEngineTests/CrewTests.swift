import DuplexPosix
import DuplexTLS
import TestSupport
import Testing

@testable import ProxyEngine

/// The threads that wait for clients: each test has a process of its own, whose threads it counts.
@Suite struct CrewTests {
    private static let name = "accept-0"

    private static var waiting: Int { ProcessCensus().threads.count { $0 == name } }

    /// Whether one thread waits, and in poll.
    private static var isAtRest: Bool { waiting == 1 && ProcessCensus.isPolling(name) }

    private static func serve(_ client: TestClient?) throws {
        let client = try #require(client)
        #expect(client.write([1]) && client.read(exactly: 1) == [1])
        client.close()
        #expect(client.readAll().1 == .closeNotify)
        client.socket.close()
    }

    @Test func `clients that come one after the other are served by few threads`() async {
        await #expect(processExitsWith: .success) {
            let backend = TestBackend.echo()
            let proxy = TestProxy(backend: backend.address)
            for _ in 0..<50 { try Self.serve(TestClient.connect(proxy.address)) }
            #expect(Eventually.holds { Self.waiting <= EngineLimits.crewLimit })
            #expect(Eventually.holds { Self.isAtRest }, "one stays")
            try Self.serve(TestClient.connect(proxy.address))
            withExtendedLifetime(backend) {}
        }
    }

    @Test func `after a crowd as many wait as may, and a moment later one`() async {
        await #expect(processExitsWith: .success) {
            let backend = TestBackend.echo()
            let proxy = TestProxy(backend: backend.address)
            for _ in 0..<3 {
                let clients = try (0..<40).map { _ in try #require(TestClient.connect(proxy.address)) }
                // A thread bears its name a moment after it was counted, and a moment after it has left.
                #expect(Eventually.holds { Self.waiting >= 1 }, "somebody waits for the next one")
                for client in clients { try Self.serve(client) }
                #expect(Eventually.holds { Self.waiting <= EngineLimits.crewLimit })
                #expect(Eventually.holds { Self.isAtRest })
                #expect(Eventually.holds { proxy.engine.counters.activeConnections == 0 })
            }
            withExtendedLifetime(backend) {}
        }
    }

    @Test func `stopping ends the waits in accept`() async {
        await #expect(processExitsWith: .success) {
            let backend = TestBackend.echo()
            for _ in 0..<20 {
                let proxy = TestProxy(backend: backend.address)
                let clients = try (0..<6).map { _ in try #require(TestClient.connect(proxy.address)) }
                for client in clients { try Self.serve(client) }
                proxy.engine.stopAccepting()
                #expect(Socket.dial(proxy.address) == nil, "nobody listens any more")
                #expect(Eventually.holds { Self.waiting == 0 })
                #expect(proxy.log.acceptFailures.isEmpty, "a stop is no failure")
            }
            withExtendedLifetime(backend) {}
        }
    }

    @Test func `a client that comes while a listener goes is served or refused`() async {
        await #expect(processExitsWith: .success) {
            let backend = TestBackend.echo()
            for round in 0..<40 {
                let proxy = TestProxy(backend: backend.address)
                let dialled = Arrival<Bool>()
                let address = proxy.address
                let thread = try Thread(name: "dial", stackSize: 1 << 20) {
                    for _ in 0..<round % 5 { TestClient.connect(address)?.socket.close() }
                    TLSLibrary.releaseThreadCaches()
                    dialled.leave(true)
                }
                proxy.engine.stopAccepting()
                #expect(dialled.wait() == true)
                thread.join()
                #expect(Eventually.holds { Self.waiting == 0 })
            }
            withExtendedLifetime(backend) {}
        }
    }
}
