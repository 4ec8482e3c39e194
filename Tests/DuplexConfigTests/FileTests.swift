import DuplexConfig
import Glibc
import Testing

@Suite("Files")
struct FileTests {
    @Test("A file that is missing is told apart from one that is wrong")
    func missing() throws {
        let folder = try TemporaryFolder()
        for path in [folder.path + "/absent.toml", folder.path + "/absent/duplexd.toml"] {
            let outcome = Configuration.load(path: path)
            #expect(outcome.failure == .fileMissing)
            #expect(outcome.lines == ["\(path): no such file; accepted: a configuration file"])
        }
    }

    // Root may read everything.
    @Test("A file that this user may not read is told apart from one that is wrong", .enabled(if: geteuid() != 0))
    func forbidden() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("duplexd.toml", ConfigurationText().text, mode: 0)
        let outcome = Configuration.load(path: path)
        #expect(outcome.failure == .permissionDenied)
        #expect(
            outcome.lines == [
                "\(path): user id \(geteuid()) may not read it; accepted: a configuration file that this user may read"
            ]
        )
    }

    @Test("A folder and a FIFO are refused without waiting")
    func notRegular() throws {
        let folder = try TemporaryFolder()
        let fifo = folder.path + "/fifo"
        try #require(mkfifo(fifo, 0o600) == 0)
        for (path, kind) in [(folder.path, "a folder"), (fifo, "a FIFO")] {
            let outcome = Configuration.load(path: path)
            #expect(outcome.failure == .invalid)
            #expect(outcome.lines == ["\(path): found \(kind); accepted: a regular file"])
        }
    }

    @Test("A file over 1 MiB is refused")
    func tooLarge() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("duplexd.toml", String(repeating: "#", count: (1 << 20) + 1))
        let outcome = Configuration.load(path: path)
        #expect(outcome.failure == .invalid)
        #expect(
            outcome.lines == ["\(path): found more than 1048576 bytes; accepted: at most 1048576 bytes (1 MiB)"]
        )
    }

    @Test("Relative paths start in the folder of the file, and a pair that can be read is named")
    func relativePaths() throws {
        let folder = try TemporaryFolder()
        let certificate = try folder.write("cert.pem", "certificate")
        let key = try folder.write("key.pem", "key")
        let path = try folder.write("duplexd.toml", ConfigurationText().text)
        let outcome = Configuration.load(path: path)
        #expect(outcome.lines == [])
        #expect(outcome.configuration?.proxies.first?.tls.certificate == certificate)
        #expect(outcome.credentialFiles.map(\.certificate) == [certificate])
        #expect(outcome.credentialFiles.map(\.privateKey) == [key])
        #expect(outcome.credentialFiles.map(\.proxyIndex) == [0])
    }

    @Test("A certificate or key that cannot be read is an error on the line of its key")
    func unreadableCredentials() throws {
        let folder = try TemporaryFolder()
        let text = ConfigurationText(certificate: #"certificate = "absent.pem""#, privateKey: #"private_key = ".""#)
        let path = try folder.write("duplexd.toml", text.text)
        let outcome = Configuration.load(path: path)
        #expect(
            outcome.lines == [
                #"\#(path):9: proxy "redis": tls.certificate: found "\#(folder.path)/absent.pem", "#
                    + "which does not exist; accepted: a readable PEM file",
                #"\#(path):10: proxy "redis": tls.private_key: found "\#(folder.path)/.", which is a folder; "#
                    + "accepted: a readable PEM file",
            ]
        )
        #expect(outcome.failure == .invalid)
        #expect(outcome.configuration == nil)
        #expect(outcome.credentialFiles.isEmpty)
        #expect(Configuration.load(path: path, checkingFiles: false).lines == [])
    }

    @Test("A private key that everybody can read is a warning, and the configuration can be used")
    func exposedKey() throws {
        let folder = try TemporaryFolder()
        try folder.write("cert.pem", "certificate", mode: 0o644)
        let key = try folder.write("key.pem", "key", mode: 0o644)
        let path = try folder.write("duplexd.toml", ConfigurationText().text)
        let outcome = Configuration.load(path: path)
        #expect(
            outcome.lines == [
                #"\#(path):10: warning: proxy "redis": tls.private_key: found "\#(key)" with mode 0644, "#
                    + "readable by every user; accepted: mode 0640 or 0600"
            ]
        )
        #expect(outcome.configuration != nil)
        #expect(outcome.failure == nil)
    }

    @Test("Pairs that can be read are named even when something else is wrong")
    func credentialsBesideErrors() throws {
        let folder = try TemporaryFolder()
        try folder.write("cert.pem", "certificate")
        try folder.write("key.pem", "key")
        let path = try folder.write("duplexd.toml", ConfigurationText(tls: "policy = 1").text)
        let outcome = Configuration.load(path: path)
        #expect(outcome.configuration == nil)
        #expect(outcome.credentialFiles.count == 1)
    }
}
