import DuplexPosix
import DuplexTLS
import TestSupport

/// A configuration with its certificate and key in a folder of their own.
struct DaemonFiles {
    let folder = TemporaryFolder()

    var path: String { folder.path("duplexd.toml") }

    init(identity: TLSIdentity = TestIdentity.ecdsa) { write(identity) }

    func write(_ identity: TLSIdentity) {
        folder.write("cert.pem", identity.certificateChain)
        folder.write("key.pem", identity.privateKey)
    }

    /// Writes a configuration with one proxy `web`, which listens on a port that the system picks.
    func write(
        backend: String = "127.0.0.1:9",
        listen: String = "127.0.0.1:0",
        daemon: String = "",
        more: String = ""
    ) {
        let text = """
            [daemon]
            log_format = "json"
            \(daemon)
            [[proxy]]
            name = "web"
            listen = "\(listen)"
            backend = "\(backend)"
            [proxy.tls]
            certificate = "cert.pem"
            private_key = "key.pem"
            \(more)
            """
        folder.write("duplexd.toml", Array(text.utf8))
    }
}
