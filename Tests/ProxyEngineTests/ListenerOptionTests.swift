import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

/// Every client's socket has the listener's options, also where the listener did not have them when the client came.
///
/// Without its patience a socket's receive never returns while the client is silent: no timeout and no stop ends it.
@Suite struct ListenerOptionTests {
    private func definition(
        _ listen: [ListenPoint],
        backend: SocketAddress,
        handshake: Duration = .seconds(10)
    ) throws -> ProxyDefinition {
        ProxyDefinition(
            name: "test",
            listen: listen,
            backends: [.address(backend)],
            context: try TLSContext(server: ServerSettings(identity: TestIdentity.ecdsa)),
            timeouts: TimeLimits(handshake: handshake)
        )
    }

    @Test(.timeLimit(.minutes(10)))
    func aSilentClientThatWaitedAtAnInheritedSocketIsTimedOut() throws {
        let backend = TestBackend.echo()
        let any = try #require(SocketAddress(ip: "127.0.0.1", port: 0))
        let passed = try Socket.listen(on: any, backlog: 8)
        // Connected before the service starts, as the client is for which a service manager starts it.
        let address = try #require(passed.localAddress)
        let client = try #require(Socket.dial(address))
        let engine = try Engine(connectionLimit: 10, inherited: ["web": passed], observer: TestObserver())
        try engine.apply([
            definition([.inherited("web")], backend: backend.address, handshake: .milliseconds(300))
        ])
        #expect(client.readSome().1 == .finished)
        engine.stopAccepting()
        #expect(engine.shutdown(until: .now.advanced(by: .seconds(10))))
        withExtendedLifetime((backend, client)) {}
    }

    @Test(.timeLimit(.minutes(10)))
    func aSilentClientOfAListenerThatAChangeHadTakenAwayIsStopped() throws {
        let backend = TestBackend.echo()
        let stranger = TestBackend.echo()
        let engine = try Engine(connectionLimit: 10, observer: TestObserver())
        let any = try #require(SocketAddress(ip: "127.0.0.1", port: 0))
        try engine.apply([definition([.address(any)], backend: backend.address)])
        let port = try #require(engine.addresses.first?.address.port)
        engine.stopAccepting()
        let narrow = try #require(SocketAddress(ip: "127.0.0.1", port: port))
        let wide = try #require(SocketAddress(ip: "0.0.0.0", port: port))
        try engine.apply([definition([.address(narrow)], backend: backend.address)])
        // The first makes the open listener give way, the second belongs to somebody else.
        #expect(throws: EngineError.self) {
            try engine.apply([definition([.address(wide), .address(stranger.address)], backend: backend.address)])
        }
        let client = try #require(TestClient.connect(narrow))
        #expect(client.write([1, 2, 3]) && client.read(exactly: 3) == [1, 2, 3])
        engine.stopAccepting()
        #expect(engine.drain(until: .now.advanced(by: .seconds(10))))
        withExtendedLifetime((backend, client)) {}
    }
}
