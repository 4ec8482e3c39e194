import DuplexPosix
import ProxyEngine
import TestSupport
import Testing

/// The bound on connections.
@Suite struct LimitTests {
    @Test(.timeLimit(.minutes(10)))
    func aFullTableRefusesAtTheDoorAndTakesTheNextClientWhenOneHasLeft() throws {
        let backend = TestBackend.echo()
        let proxy = TestProxy(backend: backend.address, connectionLimit: 2)
        let first = try #require(TestClient.connect(proxy.address))
        let second = try #require(TestClient.connect(proxy.address))
        #expect(TestClient.connect(proxy.address) == nil)
        #expect(TestClient.connect(proxy.address) == nil)
        // A client may see its socket closed before the refusal is reported.
        #expect(Eventually.holds { proxy.log.refusals == [.tableFull(limit: 2), .tableFull(limit: 2)] })
        var counts = proxy.engine.counters.snapshot
        #expect(counts.refused == 2)
        #expect(counts.accepted == 2)
        #expect(counts.active == 2)
        for client in [first, second] {
            #expect(client.write([7]) && client.read(exactly: 1) == [7], "who is in is served")
        }
        first.close()
        #expect(first.readAll().1 == .closeNotify)
        first.socket.close()
        proxy.expectEnd(.finished, toBackend: 1, toClient: 1)
        #expect(Eventually.holds { proxy.engine.counters.activeConnections == 1 })
        let third = try #require(TestClient.connect(proxy.address))
        #expect(third.write([8]) && third.read(exactly: 1) == [8])
        for client in [second, third] {
            client.close()
            #expect(client.readAll().1 == .closeNotify)
            client.socket.close()
            proxy.expectEnd(.finished, toBackend: 1, toClient: 1)
        }
        #expect(Eventually.holds { proxy.engine.counters.activeConnections == 0 })
        counts = proxy.engine.counters.snapshot
        #expect(counts.accepted == 3)
        #expect(counts.refused == 2)
        #expect(counts.ended == [.finished: 3])
        withExtendedLifetime(backend) {}
    }
}
