import TestSupport

/// GnuTLS's `gnutls-cli`, run against a proxy: it verifies the chain and the name by itself.
struct GnuTLSClient {
    let status: Int32
    /// What it said on both outputs.
    let text: String

    /// Connects as `localhost`, sends `input`, ends its own direction and reads until the server ends the other.
    init(
        _ proxy: TestProxy,
        _ arguments: [String] = [],
        priority: String = "NORMAL",
        certificate kind: TestIdentity.Kind = .ecdsa,
        input: String = ""
    ) throws {
        let result = try Program("gnutls-cli").run(
            ["--x509cafile", CertificateChain.of(kind).rootPath, "--sni-hostname", "localhost"]
                + ["--verify-hostname", "localhost", "--priority", priority] + arguments
                + ["--port", proxy.port, "127.0.0.1"],
            input: input,
            timeout: 20
        )
        status = result.status
        text = result.output + result.errors
    }
}
