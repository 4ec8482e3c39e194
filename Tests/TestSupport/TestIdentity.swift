public import DuplexTLS
internal import Foundation

/// Certificates made by the `openssl` command, one of each kind, once a test process.
public enum TestIdentity {
    public enum Kind: String, Sendable, CaseIterable {
        case ecdsa, rsa, ed25519
    }

    public static let ecdsa = make(.ecdsa)
    public static let rsa = make(.rsa)
    public static let ed25519 = make(.ed25519)

    public static func of(_ kind: Kind) -> TLSIdentity {
        switch kind {
        case .ecdsa: ecdsa
        case .rsa: rsa
        case .ed25519: ed25519
        }
    }

    /// A self-signed certificate for localhost and 127.0.0.1.
    private static func make(_ kind: Kind) -> TLSIdentity {
        let folder = TemporaryFolder()
        let algorithm =
            switch kind {
            case .ecdsa: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
            case .rsa: ["-newkey", "rsa:2048"]
            case .ed25519: ["-newkey", "ed25519"]
            }
        let result = Command.run(
            "openssl",
            [
                "req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=localhost",
                "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                "-keyout", folder.path("key.pem"), "-out", folder.path("cert.pem"),
            ] + algorithm
        )
        guard result.status == 0, let chain = folder.read("cert.pem"), let key = folder.read("key.pem") else {
            fatalError("openssl could not make a certificate: \(result.errors)")
        }
        return TLSIdentity(certificateChain: chain, privateKey: key)
    }
}
