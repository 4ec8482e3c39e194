import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

@Suite struct ReloadTests {
    private func definition(_ listen: [SocketAddress], backends: [SocketAddress]) throws -> ProxyDefinition {
        ProxyDefinition(
            name: "test",
            listen: listen.map { .address($0) },
            backends: backends.map { .address($0) },
            context: try TLSContext(server: ServerSettings(identity: TestIdentity.ecdsa)),
            timeouts: TimeLimits(connect: .seconds(2))
        )
    }

    private func echoes(_ client: TestClient?) -> Bool {
        guard let client else { return false }
        return client.write([1, 2, 3]) && client.read(exactly: 3) == [1, 2, 3]
    }

    @Test(.timeLimit(.minutes(10)))
    func aListenerGrowsToTheWildcardAndBackWhileAConnectionLivesOn() throws {
        let backend = TestBackend.echo()
        let engine = try Engine(connectionLimit: 10, observer: TestObserver())
        let any = try #require(SocketAddress(ip: "127.0.0.1", port: 0))
        try engine.apply([definition([any], backends: [backend.address])])
        let first = try #require(engine.addresses.first?.address)
        let port = try #require(first.port)
        engine.stopAccepting()
        let narrow = try #require(SocketAddress(ip: "127.0.0.1", port: port))
        let wide = try #require(SocketAddress(ip: "0.0.0.0", port: port))
        try engine.apply([definition([narrow], backends: [backend.address])])
        let living = try #require(TestClient.connect(narrow))
        for address in [wide, narrow, wide] {
            try engine.apply([definition([address], backends: [backend.address])])
            #expect(engine.addresses.map(\.address) == [address])
            #expect(echoes(TestClient.connect(narrow)))
            #expect(echoes(living))
        }
        engine.stopAccepting()
        #expect(engine.shutdown(until: .now.advanced(by: .seconds(10))))
    }

    @Test(.timeLimit(.minutes(10)))
    func aChangeThatIsRefusedLeavesEveryListenerAsItWas() throws {
        let backend = TestBackend.echo()
        let stranger = TestBackend.echo()
        let engine = try Engine(connectionLimit: 10, observer: TestObserver())
        let any = try #require(SocketAddress(ip: "127.0.0.1", port: 0))
        try engine.apply([definition([any], backends: [backend.address])])
        let port = try #require(engine.addresses.first?.address.port)
        engine.stopAccepting()
        let narrow = try #require(SocketAddress(ip: "127.0.0.1", port: port))
        let wide = try #require(SocketAddress(ip: "0.0.0.0", port: port))
        try engine.apply([definition([narrow], backends: [backend.address])])
        // The first makes the open listener give way, the second belongs to somebody else.
        #expect(throws: EngineError.self) {
            try engine.apply([definition([wide, stranger.address], backends: [backend.address])])
        }
        #expect(engine.addresses.map(\.address) == [narrow])
        #expect(echoes(TestClient.connect(narrow)))
        engine.stopAccepting()
        #expect(engine.shutdown(until: .now.advanced(by: .seconds(10))))
    }

    @Test(.timeLimit(.minutes(10)))
    func aBackendThatHangsOnConnectLeavesTimeForTheNext() throws {
        let backend = TestBackend.echo()
        let folder = TemporaryFolder()
        let hung = try #require(SocketAddress(path: folder.path("hung")))
        let listener = try Socket.listen(on: hung, backlog: 0)
        // One connection fills a backlog of 0; nobody accepts it.
        let filler = try #require(Socket.dial(hung))
        let engine = try Engine(connectionLimit: 10, observer: TestObserver())
        let any = try #require(SocketAddress(ip: "127.0.0.1", port: 0))
        try engine.apply([definition([any], backends: [hung, backend.address])])
        let address = try #require(engine.addresses.first?.address)
        for _ in 0..<4 { #expect(echoes(TestClient.connect(address))) }
        engine.stopAccepting()
        #expect(engine.shutdown(until: .now.advanced(by: .seconds(10))))
        withExtendedLifetime((listener, filler)) {}
    }
}
