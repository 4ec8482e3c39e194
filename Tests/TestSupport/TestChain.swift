public import DuplexTLS

/// A chain of three certificates, made by the `openssl` command once a test process for each kind: a root that clients
/// trust, an intermediate that it signed, and a leaf for localhost that the intermediate signed.
public struct TestChain: Sendable {
    /// The leaf and the intermediate, with the leaf's key.
    public let identity: TLSIdentity
    /// The leaf alone, with its key: what a server must not be set up with.
    public let leafOnly: TLSIdentity
    /// The root, in PEM.
    public let root: [UInt8]

    public static func of(_ kind: TestIdentity.Kind) -> TestChain {
        switch kind {
        case .ecdsa: ecdsa
        case .rsa: rsa
        case .ed25519: ed25519
        }
    }

    private static let ecdsa = TestChain(.ecdsa)
    private static let rsa = TestChain(.rsa)
    private static let ed25519 = TestChain(.ed25519)

    private static let extensions = """
        [req]
        distinguished_name = name
        [name]
        [issuer]
        basicConstraints = critical, CA:TRUE
        keyUsage = critical, keyCertSign
        subjectKeyIdentifier = hash
        [leaf]
        basicConstraints = CA:FALSE
        subjectAltName = DNS:localhost, DNS:*.example.org

        """

    private init(_ kind: TestIdentity.Kind) {
        let folder = TemporaryFolder()
        folder.write("openssl.cnf", Array(Self.extensions.utf8))
        func make(_ name: String, extensions: String, issuer: String?) {
            OpenSSLCertificate.run(
                [
                    "req", "-x509", "-nodes", "-days", "30", "-subj", "/CN=\(name)", "-config",
                    folder.path("openssl.cnf"),
                    "-extensions", extensions, "-keyout", folder.path(name + ".key"), "-out",
                    folder.path(name + ".pem"),
                ]
                    + OpenSSLCertificate.keyArguments(kind)
                    + (issuer.map { ["-CA", folder.path($0 + ".pem"), "-CAkey", folder.path($0 + ".key")] } ?? [])
            )
        }
        make("root", extensions: "issuer", issuer: nil)
        make("intermediate", extensions: "issuer", issuer: "root")
        make("localhost", extensions: "leaf", issuer: "intermediate")
        let leaf = OpenSSLCertificate.read("localhost.pem", folder)
        let key = OpenSSLCertificate.read("localhost.key", folder)
        identity = TLSIdentity(
            certificateChain: leaf + OpenSSLCertificate.read("intermediate.pem", folder),
            privateKey: key
        )
        leafOnly = TLSIdentity(certificateChain: leaf, privateKey: key)
        root = OpenSSLCertificate.read("root.pem", folder)
    }
}
