import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

@Suite("GnuTLS gnutls-cli")
struct GnuTLSTests {
    @Test(
        "A client that ends its direction first gets its echo whole, and a clean end",
        arguments: ["1.2", "1.3"],
        TestIdentity.Kind.allCases
    )
    func echo(version: String, kind: TestIdentity.Kind) throws {
        let backend = TestBackend.echo()
        let proxy = try TestProxy.serving(backend.address, certificate: kind, worker: .hardware)
        let lines = (1...2000).map { "line \($0)" }
        let client = try GnuTLSClient(
            proxy,
            priority: "NORMAL:-VERS-ALL:+VERS-TLS\(version)",
            certificate: kind,
            input: lines.joined(separator: "\n") + "\n"
        )
        #expect(client.status == 0, "\(client.text)")
        #expect(client.text.contains("- Status: The certificate is trusted."))
        // In TLS 1.2 the client's first group is taken, in 1.3 the server's.
        let group = version == "1.3" ? "X25519" : "SECP256R1"
        #expect(client.text.contains("- Description: (TLS\(version)-X.509)-(ECDHE-\(group))-"))
        #expect(client.text.split(separator: "\n").filter { $0.hasPrefix("line ") }.map(String.init) == lines)
        let report = try #require(proxy.nextReport())
        #expect(report.reason == .finished)
        #expect(report.alertReceived == nil)
    }

    @Test(
        "Each cipher and group that GnuTLS can be told to offer alone is served",
        arguments: [
            ("VERS-TLS1.3", "AES-128-GCM", "GROUP-X25519"), ("VERS-TLS1.3", "AES-256-GCM", "GROUP-SECP256R1"),
            ("VERS-TLS1.3", "CHACHA20-POLY1305", "GROUP-SECP384R1"), ("VERS-TLS1.2", "AES-128-GCM", "GROUP-SECP384R1"),
            ("VERS-TLS1.2", "AES-256-GCM", "GROUP-X25519"), ("VERS-TLS1.2", "CHACHA20-POLY1305", "GROUP-SECP256R1"),
        ]
    )
    func cipher(version: String, cipher: String, group: String) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address)
        let client = try GnuTLSClient(
            proxy,
            priority: "NORMAL:-VERS-ALL:+\(version):-CIPHER-ALL:+\(cipher):-GROUP-ALL:+\(group)"
        )
        let description = client.text.split(separator: "\n").first { $0.hasPrefix("- Description: ") } ?? ""
        #expect(description.contains("(ECDHE-\(group.dropFirst("GROUP-".count)))"), "\(client.text)")
        #expect(description.hasSuffix("(\(cipher))"))
        #expect(client.text.contains(TestBackend.greeting))
        #expect(client.status == 0)
    }

    @Test(
        "What the policy leaves out is refused",
        arguments: [
            "NORMAL:-VERS-ALL:+VERS-TLS1.0", "NORMAL:-VERS-ALL:+VERS-TLS1.1",
            "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+ARCFOUR-128",
            "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+3DES-CBC",
            "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-CBC:+AES-256-CBC:+CAMELLIA-128-CBC",
            "NORMAL:-VERS-ALL:+VERS-TLS1.2:-CIPHER-ALL:+NULL:+MAC-ALL",
            "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+RSA",
            "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+DHE-RSA",
            "NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ANON-ECDH:+ANON-DH",
            "NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+AES-128-CCM:+AES-128-CCM-8",
        ]
    )
    func refused(priority: String) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, certificate: .rsa)
        let client = try GnuTLSClient(proxy, priority: priority, certificate: .rsa)
        #expect(client.status != 0)
        #expect(client.text.contains("A TLS fatal alert has been received"), "\(client.text)")
        let report = try #require(proxy.nextReport())
        #expect(report.reason == .handshakeFailed)
        #expect(report.session == nil)
        #expect(backend.connectionCount == 0)
    }
}
