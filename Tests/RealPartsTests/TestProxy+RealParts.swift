import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport

extension TestProxy {
    /// A proxy with a chain that clients can verify, in front of `backend`.
    static func serving(
        _ backend: SocketAddress,
        certificate kind: TestIdentity.Kind = .ecdsa,
        policy: TLSPolicy = .intermediate,
        protocols: [String] = [],
        worker: Worker = .library
    ) throws -> TestProxy {
        TestProxy(
            backend: backend,
            identity: try CertificateChain.of(kind).identity,
            policy: policy,
            protocols: protocols,
            device: try worker.device
        )
    }

    /// Gives the listener a definition with a context made anew, as a reload does.
    func reload(_ settings: ServerSettings, backend: SocketAddress) throws {
        let points = engine.addresses.map(\.point)
        try engine.apply([
            ProxyDefinition(
                name: "test",
                listen: points,
                backends: [.address(backend)],
                context: try TLSContext(server: settings)
            )
        ])
    }

    var port: String { String(address.port ?? 0) }
    /// What a client connects to.
    var target: String { "127.0.0.1:" + port }
    /// What an HTTP client asks for; the certificate's name, which the client is told to find on 127.0.0.1.
    var origin: String { "https://localhost:" + port }
}
