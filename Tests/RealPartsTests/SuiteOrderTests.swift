import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

/// ChaCha20-Poly1305 stays in wolfSSL's C code, at a seventh of libcrypto's speed: who can do AES-GCM must not end there.
/// For OpenSSL's client see `OpenSSLHandshakeTests`.
@Suite("A client that puts ChaCha20-Poly1305 first")
struct SuiteOrderTests {
    private static let versions = [("1.2", "1.2"), ("1.3", "1.3"), ("1.2", "1.3")]

    @Test("gnutls-cli gets AES-128-GCM when it offers it last", arguments: versions, TestIdentity.Kind.allCases)
    func gnuTLS(versions: (lowest: String, highest: String), kind: TestIdentity.Kind) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, certificate: kind)
        let offered = Set([versions.lowest, versions.highest]).sorted(by: >).map { "+VERS-TLS\($0)" }
        let client = try GnuTLSClient(
            proxy,
            priority: "NORMAL:-VERS-ALL:\(offered.joined(separator: ":")):-CIPHER-ALL:+CHACHA20-POLY1305"
                + ":+AES-256-GCM:+AES-128-GCM",
            certificate: kind
        )
        let description = client.text.split(separator: "\n").first { $0.hasPrefix("- Description: ") } ?? ""
        #expect(description.hasSuffix("(AES-128-GCM)"), "\(client.text)")
        #expect(description.contains("(TLS\(versions.highest)"))
        #expect(client.status == 0)
    }

    @Test("curl gets AES-128-GCM when it offers it last", arguments: versions)
    func curl(versions: (lowest: String, highest: String)) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address)
        let client = try CurlClient(
            proxy,
            [
                "--tlsv\(versions.lowest)", "--tls-max", versions.highest, "--http0.9",
                "--ciphers",
                "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256",
                "--tls13-ciphers", "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256",
                "https://localhost:\(proxy.port)/",
            ]
        )
        let suite = versions.highest == "1.3" ? "TLS_AES_128_GCM_SHA256" : "ECDHE-ECDSA-AES128-GCM-SHA256"
        #expect(client.talk.contains("SSL connection using TLSv\(versions.highest) / \(suite)"), "\(client.talk)")
        #expect(client.output.contains(TestBackend.greeting))
    }

    @Test("A client that offers nothing else is served with it", arguments: ["1.2", "1.3"])
    func alone(version: String) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address)
        let client = try GnuTLSClient(
            proxy,
            priority: "NORMAL:-VERS-ALL:+VERS-TLS\(version):-CIPHER-ALL:+CHACHA20-POLY1305"
        )
        let description = client.text.split(separator: "\n").first { $0.hasPrefix("- Description: ") } ?? ""
        #expect(description.hasSuffix("(CHACHA20-POLY1305)"), "\(client.text)")
        #expect(client.status == 0)
    }
}
