import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

@Suite("OpenSSL s_client: what the policy refuses")
struct PolicyTests {
    /// What a client offers that the policy leaves out, and the alert that says so.
    struct Offer: Sendable, CustomTestStringConvertible {
        let what: String
        let arguments: [String]
        var alert = TLSAlert.handshakeFailure
        var kind = TestIdentity.Kind.rsa
        var policy = TLSPolicy.intermediate

        var testDescription: String { what }

        static func tls12(_ suites: String, _ kind: TestIdentity.Kind = .rsa) -> Offer {
            Offer(
                what: "TLS 1.2 \(suites) \(kind)",
                arguments: ["-tls1_2", "-cipher", suites + ":@SECLEVEL=0"],
                kind: kind
            )
        }
    }

    private static let permissive = ["-cipher", "DEFAULT:@SECLEVEL=0"]

    static let offers = [
        Offer(what: "TLS 1.0", arguments: ["-tls1"] + permissive, alert: .protocolVersion),
        Offer(what: "TLS 1.1", arguments: ["-tls1_1"] + permissive, alert: .protocolVersion),
        Offer(
            what: "TLS 1.2 where the policy is modern",
            arguments: ["-tls1_2"],
            alert: .protocolVersion,
            policy: .modern
        ),
        .tls12("ECDHE-RSA-AES128-SHA256"), .tls12("ECDHE-RSA-AES256-SHA384"), .tls12("ECDHE-RSA-AES128-SHA"),
        .tls12("ECDHE-ECDSA-AES128-SHA256", .ecdsa), .tls12("ECDHE-ECDSA-AES256-SHA", .ecdsa),
        .tls12("ECDHE-ECDSA-AES128-CCM", .ecdsa), .tls12("ECDHE-ECDSA-AES256-CCM8", .ecdsa),
        .tls12("AES128-GCM-SHA256"), .tls12("AES256-GCM-SHA384"), .tls12("AES128-SHA"), .tls12("CAMELLIA128-SHA256"),
        .tls12("DHE-RSA-AES128-GCM-SHA256"), .tls12("DHE-RSA-CHACHA20-POLY1305"),
        .tls12("ADH-AES128-GCM-SHA256"), .tls12("AECDH-AES128-SHA"), .tls12("aNULL"),
        .tls12("NULL-SHA256"), .tls12("ECDHE-RSA-NULL-SHA"), .tls12("ECDHE-ECDSA-NULL-SHA", .ecdsa), .tls12("eNULL"),
        Offer(
            what: "TLS 1.2 PSK",
            arguments: ["-tls1_2", "-psk", "00112233", "-cipher", "PSK-AES128-GCM-SHA256:@SECLEVEL=0"]
        ),
        Offer(what: "TLS 1.3 CCM", arguments: ["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_SHA256"]),
        Offer(what: "TLS 1.3 CCM-8", arguments: ["-tls1_3", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256"]),
        Offer(what: "SHA-1 with RSA", arguments: ["-tls1_2", "-sigalgs", "RSA+SHA1"] + permissive),
        Offer(what: "SHA-1 with ECDSA", arguments: ["-tls1_2", "-sigalgs", "ECDSA+SHA1"] + permissive, kind: .ecdsa),
        Offer(what: "SHA-224 with RSA", arguments: ["-tls1_2", "-sigalgs", "RSA+SHA224"] + permissive),
    ]

    @Test("An offer outside the policy gets its alert, and the backend hears nothing of it", arguments: offers)
    func refused(offer: Offer) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, certificate: offer.kind, policy: offer.policy)
        let client = try OpenSSLClient(proxy, offer.arguments)
        #expect(client.status != 0)
        #expect(client.agreement == "New, (NONE), Cipher is (NONE)", "\(client.text)")
        #expect(client.text.contains("SSL alert number \(offer.alert.rawValue)"), "\(client.text)")
        let report = try #require(proxy.nextReport())
        #expect(report.reason == .handshakeFailed)
        #expect(report.alertSent == offer.alert)
        #expect(report.session == nil)
        #expect(backend.connectionCount == 0)
    }

    /// wolfSSL goes on with a group of its own, which such a client did not offer, and the client ends it.
    @Test(
        "A client without a group of the policy gets no session",
        arguments: [
            ("-tls1_3", "P-521"), ("-tls1_3", "X448"), ("-tls1_3", "ffdhe2048"), ("-tls1_3", "ffdhe3072:P-521"),
            ("-tls1_2", "P-521"), ("-tls1_2", "X448"), ("-tls1_2", "brainpoolP256r1:secp256k1"),
        ]
    )
    func groups(version: String, list: String) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, certificate: .rsa)
        let client = try OpenSSLClient(proxy, [version, "-groups", list])
        #expect(client.status != 0)
        #expect(client.agreement == "New, (NONE), Cipher is (NONE)", "\(client.text)")
        let report = try #require(proxy.nextReport())
        #expect(report.reason == .handshakeFailed)
        #expect(report.session == nil)
        #expect(report.alertReceived?.description == "illegal_parameter" || report.alertSent == .handshakeFailure)
        #expect(backend.connectionCount == 0)
    }

    @Test(
        "A group of the policy is taken, though the client puts another first",
        arguments: ["-tls1_2", "-tls1_3"],
        ["P-521:P-256", "X448:P-256"]
    )
    func laterGroup(version: String, list: String) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, certificate: .rsa)
        let client = try OpenSSLClient(proxy, [version, "-groups", list])
        #expect(client.value("Server Temp Key: ") == "ECDH, prime256v1, 256 bits", "\(client.text)")
        #expect(client.text.contains(TestBackend.greeting))
    }

    @Test("A client of TLS 1.2 that asks to renegotiate ends its session")
    func renegotiation() throws {
        let backend = TestBackend.echo()
        let proxy = try TestProxy.serving(backend.address)
        let child = try Child(Program("openssl"), OpenSSLClient.arguments(proxy, ["-tls1_2", "-msg"]))
        #expect(child.says("Verify return code"), "\(child.log)")
        try child.write("before")
        #expect(child.says("\nbefore"), "\(child.log)")
        try child.write("R")
        #expect(child.says("RENEGOTIATING"), "\(child.log)")
        #expect(child.says("fatal unexpected_message"), "\(child.log)")
        child.end()
        #expect(child.log.count(of: ", ServerHello\n") == 1, "\(child.log)")
        let report = try #require(proxy.nextReport())
        #expect(report.reason == .clientViolation)
        #expect(report.alertSent == .unexpectedMessage)
        #expect(report.session?.version == .tls12)
        #expect(proxy.engine.counters.snapshot.handshakes == 1)
    }

    @Test("A fallback that a downgrade forced is refused (RFC 7507)")
    func fallback() throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address)
        let client = try OpenSSLClient(proxy, ["-tls1_2", "-fallback_scsv"])
        #expect(client.text.contains("SSL alert number 86"), "\(client.text)")
    }
}
