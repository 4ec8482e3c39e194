import DuplexTLS
import TestSupport
import Testing

@Suite("Certificates made on the spot")
struct SelfSignedTests {
    @Test("OpenSSL reads the names, and verifies the certificate against itself")
    func openssl() throws {
        let identity = try TLSIdentity.selfSigned(days: 30)
        let folder = TemporaryFolder()
        folder.write("cert.pem", identity.certificateChain)
        folder.write("key.pem", identity.privateKey)
        let path = folder.path("cert.pem")
        let text = Command.run("openssl", ["x509", "-in", path, "-noout", "-text"]).output
        #expect(text.contains("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1"))
        #expect(text.contains("CN = localhost"))
        #expect(text.contains("NIST CURVE: P-256"))
        for name in [["-verify_hostname", "localhost"], ["-verify_ip", "127.0.0.1"], ["-verify_ip", "::1"]] {
            let run = Command.run(
                "openssl",
                ["verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", path] + name + [path]
            )
            #expect(run.status == 0, "\(run.errors)")
        }
        #expect(Command.run("openssl", ["x509", "-in", path, "-noout", "-checkend", "\(29 * 86_400)"]).status == 0)
        #expect(Command.run("openssl", ["x509", "-in", path, "-noout", "-checkend", "\(31 * 86_400)"]).status == 1)
        #expect(Command.run("openssl", ["pkey", "-in", folder.path("key.pem"), "-noout"]).status == 0)
    }

    @Test("Two of them have different keys and serial numbers")
    func fresh() throws {
        let (first, second) = (try TLSIdentity.selfSigned(days: 1), try TLSIdentity.selfSigned(days: 1))
        #expect(first.privateKey != second.privateKey)
        #expect(first.certificateChain != second.certificateChain)
    }
}
