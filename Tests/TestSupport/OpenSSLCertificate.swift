public import DuplexTLS

/// Certificates of any kind, made by the `openssl` command.
public enum OpenSSLCertificate {
    /// The arguments of `openssl req` for a new key of `kind`.
    public static func keyArguments(_ kind: TestIdentity.Kind) -> [String] {
        switch kind {
        case .ecdsa: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
        case .rsa: ["-newkey", "rsa:2048"]
        case .ed25519: ["-newkey", "ed25519"]
        }
    }

    /// Makes a self-signed certificate.
    ///
    /// - Parameters:
    ///   - key: the arguments that choose the key, such as `["-newkey", "rsa:1024"]`.
    ///   - names: the subjectAltName extension's value, such as `DNS:a.example,DNS:b.example`.
    ///   - more: further arguments of `openssl req`; `-nodes` leaves the key unencrypted.
    public static func selfSigned(
        key: [String],
        subject: String = "/CN=localhost",
        names: String = "DNS:localhost",
        more: [String] = ["-nodes"]
    ) -> TLSIdentity {
        let folder = TemporaryFolder()
        run(
            [
                "req", "-x509", "-days", "30", "-subj", subject, "-addext", "subjectAltName=\(names)",
                "-keyout", folder.path("key.pem"), "-out", folder.path("cert.pem"),
            ] + key + more
        )
        return TLSIdentity(certificateChain: read("cert.pem", folder), privateKey: read("key.pem", folder))
    }

    /// Runs `openssl`, which the tests need and cannot do without.
    static func run(_ arguments: [String]) {
        let result = Command.run("openssl", arguments)
        guard result.status == 0 else { fatalError("openssl \(arguments) failed: \(result.errors)") }
    }

    static func read(_ name: String, _ folder: TemporaryFolder) -> [UInt8] {
        guard let content = folder.read(name) else { fatalError("openssl did not write \(name)") }
        return content
    }
}
