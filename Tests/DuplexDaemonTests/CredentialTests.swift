import DuplexConfig
import DuplexTLS
import TestSupport
import Testing

@testable import DuplexDaemon

@Suite("Certificates and keys of a configuration")
struct CredentialTests {
    private func load(_ files: DaemonFiles, now: UTCTime = .now) -> LoadedConfiguration {
        LoadedConfiguration(path: files.path, ticketKeys: nil, device: nil, now: now)
    }

    /// The problems without the folder's name.
    private func problems(_ files: DaemonFiles, now: UTCTime = .now) -> [String] {
        load(files, now: now).outcome.problems.map {
            "\($0)".replacing(files.path, with: "F").replacing(files.folder.path(""), with: "")
        }
    }

    @Test("A pair that fits becomes a definition", arguments: TestIdentity.Kind.allCases)
    func fits(kind: TestIdentity.Kind) throws {
        let files = DaemonFiles(identity: TestIdentity.of(kind))
        files.write(backend: "localhost:9", more: "alpn = [\"h2\"]\npolicy = \"modern\"")
        let loaded = load(files)
        let definition = try #require(loaded.definitions?.first)
        #expect(loaded.outcome.problems.filter { $0.severity == .error } == [])
        #expect(definition.name == "web")
        #expect(definition.listen.map(\.description) == ["127.0.0.1:0"])
        #expect(definition.backends.map(\.description) == ["localhost:9"])
        #expect(definition.context.policy == .modern)
    }

    @Test("A key that does not fit its certificate is named with its line", arguments: TestIdentity.Kind.allCases)
    func mismatch(kind: TestIdentity.Kind) throws {
        let other = try TLSIdentity.selfSigned(days: 30)
        let identity = TestIdentity.of(kind)
        let files = DaemonFiles(
            identity: TLSIdentity(certificateChain: identity.certificateChain, privateKey: other.privateKey)
        )
        files.write()
        let problem = try #require(load(files).outcome.problems.first { $0.severity == .error })
        #expect(problem.line == 10)
        #expect(problem.key == .proxy(0, "tls", "private_key"))
        #expect(problem.description.contains("private key"))
        #expect(load(files).definitions == nil)
    }

    @Test(
        "Files that hold something else are refused with their keys",
        arguments: [
            ("cert.pem", "nothing", "tls.certificate: no certificate in PEM in it"),
            ("key.pem", "nothing", "tls.private_key: no private key in PEM in it"),
            ("key.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAA\n", "tls.private_key: the private key is encrypted"),
            ("cert.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "tls.certificate: "),
            ("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "tls.private_key: "),
        ]
    )
    func wrongContent(name: String, content: String, expected: String) throws {
        let files = DaemonFiles()
        files.write()
        files.folder.write(name, Array(content.utf8))
        let errors = problems(files).filter { !$0.contains("warning") }
        #expect(errors.count == 1)
        #expect(errors.first?.contains(expected) == true, "\(errors)")
    }

    @Test("Faults of the file and of the certificates are told together")
    func together() {
        let files = DaemonFiles()
        files.write(daemon: "log_level = \"loud\"")
        files.folder.write("cert.pem", [])
        files.folder.write("key.pem", [])
        let lines = load(files).outcome.problems.filter { $0.severity == .error }.map(\.line)
        #expect(lines == [3, 9, 10])
    }

    @Test("A certificate outside its validity, or near its end, gives a warning and is used")
    func validity() throws {
        let day: Int64 = 86_400
        let files = DaemonFiles(identity: try TLSIdentity.selfSigned(days: 30))
        files.write()
        let now = UTCTime.now.seconds
        func warning(_ seconds: Int64) -> String {
            problems(files, now: UTCTime(seconds: seconds)).filter { $0.contains("tls.certificate") }.joined()
        }
        #expect(warning(now).isEmpty)
        #expect(
            warning(now + 20 * day).contains(
                "F:9: warning: proxy \"web\": tls.certificate: the certificate expires soon, at 20"
            )
        )
        #expect(warning(now + 31 * day).contains("the certificate expired at 20"))
        #expect(warning(now - 3 * day).contains("the certificate is not valid before 20"))
        #expect(load(files, now: UTCTime(seconds: now + 31 * day)).definitions?.count == 1)
    }

    @Test("An expired certificate of another maker is served with a warning")
    func expired() throws {
        let files = DaemonFiles()
        files.write()
        let (request, certificate, key) = (
            files.folder.path("request.pem"), files.folder.path("cert.pem"), files.folder.path("key.pem")
        )
        let made = Command.run("openssl", ["req", "-new", "-key", key, "-subj", "/CN=old", "-out", request])
        try #require(made.status == 0, "\(made.errors)")
        let signed = Command.run(
            "openssl",
            ["x509", "-req", "-in", request, "-signkey", key, "-days", "-1", "-out", certificate]
        )
        try #require(signed.status == 0, "\(signed.errors)")
        let loaded = load(files)
        #expect(loaded.definitions?.count == 1)
        #expect(loaded.outcome.problems.contains { $0.severity == .warning && $0.message.contains("expired at") })
    }

    @Test("An admin endpoint is refused, as this version has none")
    func admin() {
        let files = DaemonFiles()
        files.write(daemon: "admin = \"127.0.0.1:9180\"")
        let errors = problems(files).filter { !$0.contains("warning") }
        #expect(
            errors == [
                "F:3: daemon.admin: duplexd 0.1.0 has no admin endpoint; found \"127.0.0.1:9180\"; accepted: \"off\""
            ]
        )
    }
}
