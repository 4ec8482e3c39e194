import DuplexTLS
import TestSupport
import Testing

@Suite struct ContextTests {
    private static let encrypted = OpenSSLCertificate.selfSigned(
        key: OpenSSLCertificate.keyArguments(.rsa),
        more: ["-passout", "pass:secret"]
    )
    private static let small = OpenSSLCertificate.selfSigned(key: ["-newkey", "rsa:1024"])

    @Test(arguments: TestIdentity.Kind.allCases)
    func `a chain and its key of every kind are accepted`(kind: TestIdentity.Kind) throws {
        let context = try TLSContext(server: ServerSettings(identity: TestChain.of(kind).identity))
        #expect(context.role == .server)
        #expect(context.certificate?.subject == "/CN=localhost")
    }

    @Test(arguments: [
        (TestIdentity.Kind.rsa, TestIdentity.Kind.ecdsa), (.ecdsa, .rsa), (.ecdsa, .ed25519), (.rsa, .ed25519),
    ])
    func `a key of another kind than its certificate is refused`(
        certificate: TestIdentity.Kind,
        key: TestIdentity.Kind
    ) {
        expectRefusal(TestChain.of(certificate).identity.certificateChain, TestChain.of(key).identity.privateKey)
    }

    @Test(arguments: TestIdentity.Kind.allCases)
    func `a key of the same kind that does not fit is refused`(kind: TestIdentity.Kind) {
        let other = OpenSSLCertificate.selfSigned(key: OpenSSLCertificate.keyArguments(kind))
        expectRefusal(TestChain.of(kind).identity.certificateChain, other.privateKey)
    }

    @Test func `an encrypted key is refused, and the error says what is accepted`() {
        let error = expectRefusal(Self.encrypted.certificateChain, Self.encrypted.privateKey)
        #expect(error?.reason.contains("unencrypted") == true)
    }

    @Test func `an RSA key of 1024 bits is refused`() {
        expectRefusal(Self.small.certificateChain, Self.small.privateKey)
    }

    @Test(
        arguments: [
            [], [0], Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8),
            Array("-----BEGIN CERTIFICATE-----\n".utf8), Array("not a certificate".utf8),
            [UInt8](repeating: 0x30, count: 4_096),
        ] as [[UInt8]]
    )
    func `what is no certificate is refused`(chain: [UInt8]) {
        expectRefusal(chain, TestIdentity.rsa.privateKey)
    }

    @Test(
        arguments: [
            [], [0], Array("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n".utf8),
            Array("-----BEGIN PRIVATE KEY-----\n".utf8), Array("not a key".utf8),
            [UInt8](repeating: 0x30, count: 4_096),
        ] as [[UInt8]]
    )
    func `what is no key is refused`(key: [UInt8]) {
        expectRefusal(TestIdentity.rsa.certificateChain, key)
    }

    @Test func `a certificate in DER is refused`() throws {
        let identity = OpenSSLCertificate.selfSigned(
            key: OpenSSLCertificate.keyArguments(.rsa),
            more: ["-nodes", "-outform", "DER"]
        )
        expectRefusal(identity.certificateChain, identity.privateKey)
    }

    @Test func `a certificate in the key's place, and a key in the certificate's, are refused`() {
        expectRefusal(TestIdentity.rsa.privateKey, TestIdentity.rsa.privateKey)
        expectRefusal(TestIdentity.rsa.certificateChain, TestIdentity.rsa.certificateChain)
    }

    @Test(arguments: [[], [1, 2, 3], Array("no anchors here".utf8)] as [[UInt8]])
    func `trust anchors that hold no certificate are refused`(anchors: [UInt8]) {
        let error = #expect(throws: TLSError.self) { try TLSContext(client: ClientSettings(trust: .anchors(anchors))) }
        #expect(error?.category == .configuration)
    }

    @Test func `a refused context leaves nothing behind that harms the next`() throws {
        for _ in 0..<20 {
            expectRefusal(TestIdentity.rsa.certificateChain, TestIdentity.ecdsa.privateKey)
            _ = try TLSContext(server: ServerSettings(identity: TestIdentity.rsa))
        }
    }

    @discardableResult
    private func expectRefusal(
        _ chain: [UInt8],
        _ key: [UInt8],
        location: SourceLocation = #_sourceLocation
    ) -> TLSError? {
        let identity = TLSIdentity(certificateChain: chain, privateKey: key)
        let error = #expect(throws: TLSError.self, sourceLocation: location) {
            try TLSContext(server: ServerSettings(identity: identity))
        }
        #expect(error?.category == .configuration, sourceLocation: location)
        #expect(error?.reason.isEmpty == false, sourceLocation: location)
        return error
    }
}
