import DuplexTLS
import Glibc
import TestSupport
import Testing

@Suite struct CertificateFactsTests {
    private static let many = OpenSSLCertificate.selfSigned(
        key: OpenSSLCertificate.keyArguments(.ecdsa),
        subject: "/O=Example/CN=first.example",
        names: "DNS:first.example,DNS:*.second.example,IP:127.0.0.1,email:a@b.example"
    )

    @Test func `the subject and the DNS names are those of the first certificate`() throws {
        let facts = try CertificateFacts(pem: Self.many.certificateChain + TestIdentity.rsa.certificateChain)
        #expect(facts.subject == "/O=Example/CN=first.example")
        #expect(Set(facts.names) == ["first.example", "*.second.example"])
    }

    @Test(arguments: TestIdentity.Kind.allCases)
    func `the validity of a certificate of every kind is read`(kind: TestIdentity.Kind) throws {
        let facts = try CertificateFacts(pem: TestIdentity.of(kind).certificateChain)
        // Made by this process, for 30 days.
        #expect(facts.notAfter - facts.notBefore == 30 * 86_400)
        let age = Int64(time(nil)) - facts.notBefore
        #expect((0..<3_600).contains(age))
    }

    @Test(
        arguments: [[], [0], Array("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".utf8)] as [[UInt8]]
    )
    func `what is no certificate is refused`(pem: [UInt8]) {
        let error = #expect(throws: TLSError.self) { try CertificateFacts(pem: pem) }
        #expect(error?.category == .configuration)
    }
}
