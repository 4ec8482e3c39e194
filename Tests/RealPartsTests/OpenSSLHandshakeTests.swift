import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

@Suite("OpenSSL s_client: what is negotiated")
struct OpenSSLHandshakeTests {
    /// A suite, by the client's name, the option that asks for it, and a certificate that fits it.
    struct Offer: Sendable, CustomTestStringConvertible {
        let name: String
        let code: UInt16
        var kind = TestIdentity.Kind.ecdsa

        var isTLS13: Bool { code >> 8 == 0x13 }
        var version: String { isTLS13 ? "TLSv1.3" : "TLSv1.2" }
        var arguments: [String] { isTLS13 ? ["-tls1_3", "-ciphersuites", name] : ["-tls1_2", "-cipher", name] }
        var testDescription: String { "\(version) \(name) \(kind)" }
    }

    static let suites = [
        Offer(name: "TLS_AES_128_GCM_SHA256", code: 0x1301),
        Offer(name: "TLS_AES_256_GCM_SHA384", code: 0x1302),
        Offer(name: "TLS_CHACHA20_POLY1305_SHA256", code: 0x1303),
        Offer(name: "TLS_AES_128_GCM_SHA256", code: 0x1301, kind: .rsa),
        Offer(name: "TLS_AES_128_GCM_SHA256", code: 0x1301, kind: .ed25519),
        Offer(name: "ECDHE-ECDSA-AES128-GCM-SHA256", code: 0xC02B),
        Offer(name: "ECDHE-ECDSA-AES256-GCM-SHA384", code: 0xC02C),
        Offer(name: "ECDHE-ECDSA-CHACHA20-POLY1305", code: 0xCCA9),
        Offer(name: "ECDHE-ECDSA-AES128-GCM-SHA256", code: 0xC02B, kind: .ed25519),
        Offer(name: "ECDHE-RSA-AES128-GCM-SHA256", code: 0xC02F, kind: .rsa),
        Offer(name: "ECDHE-RSA-AES256-GCM-SHA384", code: 0xC030, kind: .rsa),
        Offer(name: "ECDHE-RSA-CHACHA20-POLY1305", code: 0xCCA8, kind: .rsa),
    ]

    @Test("Each suite of the policy is served, with a chain that the client verifies to its root", arguments: suites)
    func suite(_ suite: Offer) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, certificate: suite.kind)
        let client = try OpenSSLClient(proxy, suite.arguments + OpenSSLClient.verifying(suite.kind))
        #expect(client.agreement == "New, \(suite.version), Cipher is \(suite.name)", "\(client.text)")
        #expect(client.value("Verification: ") == "OK")
        #expect(client.value("Verified peername: ") == "localhost")
        #expect(client.value("Compression: ") == "NONE")
        #expect(client.text.contains(TestBackend.greeting))
        #expect(client.status == 0)
        let report = try #require(proxy.nextReport())
        #expect(report.session?.suite == CipherSuite(rawValue: suite.code))
        #expect(report.session?.version == (suite.isTLS13 ? .tls13 : .tls12))
        #expect(report.serverName == "localhost")
    }

    @Test(
        "The library's own AES-GCM and libcrypto's serve the same client",
        arguments: Worker.allCases,
        ["-tls1_2", "-tls1_3"]
    )
    func worker(_ worker: Worker, version: String) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, worker: worker)
        let client = try OpenSSLClient(proxy, [version])
        #expect(client.agreement?.hasSuffix("AES128-GCM-SHA256") == (version == "-tls1_2"), "\(client.text)")
        #expect(client.text.contains(TestBackend.greeting))
        #expect(client.status == 0)
    }

    @Test(
        "Each group of the policy is served",
        arguments: ["-tls1_2", "-tls1_3"],
        [
            ("X25519", "X25519, 253 bits"), ("P-256", "ECDH, prime256v1, 256 bits"),
            ("P-384", "ECDH, secp384r1, 384 bits"),
        ]
    )
    func group(version: String, group: (name: String, key: String)) throws {
        let backend = TestBackend.greeter()
        // RSA: in TLS 1.2 a client's groups bound the curves of certificates too.
        let proxy = try TestProxy.serving(backend.address, certificate: .rsa)
        let client = try OpenSSLClient(proxy, [version, "-groups", group.name])
        #expect(client.value("Server Temp Key: ") == group.key, "\(client.text)")
        #expect(client.text.contains(TestBackend.greeting))
    }

    @Test("A client whose only key share is of another group is asked for one that it can do (HelloRetryRequest)")
    func helloRetry() throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address)
        let client = try OpenSSLClient(proxy, ["-tls1_3", "-groups", "P-521:P-384", "-msg"])
        #expect(client.text.count(of: "ClientHello") == 2, "\(client.text)")
        #expect(client.value("Server Temp Key: ") == "ECDH, secp384r1, 384 bits")
        #expect(client.text.contains(TestBackend.greeting))
    }

    @Test(
        "The server's order of suites counts: AES-128-GCM first, whatever the client puts first",
        arguments: [
            ("-tls1_3", "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"),
            ("-tls1_3", "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"),
            (
                "-tls1_2",
                "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256"
            ),
        ]
    )
    func order(version: String, list: String) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address)
        let option = version == "-tls1_3" ? "-ciphersuites" : "-cipher"
        let client = try OpenSSLClient(proxy, [version, option, list])
        let last = try #require(list.split(separator: ":").last)
        #expect(client.agreement?.hasSuffix("Cipher is \(last)") == true, "\(client.text)")
    }

    @Test(
        "A certificate's handshake is signed with a digest of the policy, though the client would take SHA-1 too",
        arguments: [
            (TestIdentity.Kind.rsa, "-tls1_3", "SHA256", "RSA-PSS"), (.rsa, "-tls1_2", "SHA256", "RSA-PSS"),
            (.ecdsa, "-tls1_3", "SHA256", "ECDSA"), (.ecdsa, "-tls1_2", "SHA256", "ECDSA"),
        ]
    )
    func signature(kind: TestIdentity.Kind, version: String, digest: String, type: String) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, certificate: kind)
        let offered = "RSA+SHA1:ECDSA+SHA1:RSA-PSS+SHA256:ECDSA+SHA256:RSA+SHA256"
        let client = try OpenSSLClient(proxy, [version, "-sigalgs", offered, "-cipher", "DEFAULT@SECLEVEL=0"])
        #expect(client.value("Peer signing digest: ") == digest, "\(client.text)")
        #expect(client.value("Peer signature type: ") == type)
    }

    @Test("A client that trusts another root refuses the chain, and the report names its alert")
    func untrusted() throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, certificate: .ecdsa)
        let client = try OpenSSLClient(proxy, ["-tls1_3"] + OpenSSLClient.verifying(.rsa))
        #expect(client.status != 0)
        #expect(client.text.contains("unable to get local issuer certificate"), "\(client.text)")
        let report = try #require(proxy.nextReport())
        #expect(report.alertReceived?.description == "unknown_ca", "\(report)")
        #expect(backend.connectionCount == 0)
    }

    @Test(
        "A backend that resets is told by a missing close_notify, one that finishes by close_notify",
        arguments: ["-tls1_2", "-tls1_3"]
    )
    func truncation(version: String) throws {
        let backend = TestBackend.resetting()
        let proxy = try TestProxy.serving(backend.address)
        let child = try Child(Program("openssl"), OpenSSLClient.arguments(proxy, [version]))
        #expect(child.says(TestBackend.greeting), "\(child.log)")
        try child.write("x")
        #expect(child.says("unexpected eof while reading"), "\(child.log)")
        #expect(child.end() != 0)
        #expect(proxy.nextReport()?.reason == .backendReset)
        let greeter = TestBackend.greeter()
        let clean = try OpenSSLClient(TestProxy.serving(greeter.address), [version, "-msg"])
        #expect(clean.text.contains("warning close_notify"))
        #expect(!clean.text.contains("unexpected eof"))
        #expect(clean.status == 0)
    }
}
