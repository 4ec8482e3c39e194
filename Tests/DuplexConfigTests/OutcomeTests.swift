import DuplexConfig
import Testing

@Suite("Problems that are found after parsing")
struct OutcomeTests {
    @Test("Have the file, the line and the name of the proxy")
    func place() {
        let outcome = ConfigurationText().outcome
        let problem = outcome.problem(
            at: .proxy(0, "tls", "private_key"),
            found: "a key of another certificate",
            accepted: "the key of \(ConfigurationProblem.quoted("/etc/duplexd/cert.pem"))"
        )
        #expect(
            problem.description == #"duplexd.toml:10: proxy "redis": tls.private_key: "#
                + #"found a key of another certificate; accepted: the key of "/etc/duplexd/cert.pem""#
        )
        #expect(problem.line == 10)
        #expect(problem.column == 1)
        #expect(problem.key?.description == "proxy[0].tls.private_key")
    }

    @Test("Take the configuration away if one is an error, and stand in the order of the file")
    func addingAnError() {
        let outcome = ConfigurationText().outcome
        let added = outcome.adding([
            outcome.problem(at: .proxy(0, "tls", "private_key"), accepted: "another"),
            outcome.problem(at: .proxy(0, "listen"), accepted: "another"),
        ])
        #expect(added.problems.map(\.line) == [5, 10])
        #expect(added.configuration == nil)
        #expect(added.failure == .invalid)
    }

    @Test("Leave the configuration in place if all are warnings")
    func addingAWarning() {
        let outcome = ConfigurationText().outcome
        let warning = outcome.problem(
            at: .proxy(0, "tls", "certificate"),
            found: "expired",
            accepted: "one that is valid",
            severity: .warning
        )
        let added = outcome.adding([warning])
        #expect(added.configuration == outcome.configuration)
        #expect(added.failure == nil)
        #expect(
            added.lines == [
                #"duplexd.toml:9: warning: proxy "redis": tls.certificate: found expired; accepted: one that is valid"#
            ]
        )
    }

    @Test("Outside of the file's proxies do no harm")
    func outside() {
        let problem = ConfigurationText().outcome.problem(at: .proxy(7, "name"), accepted: "none")
        #expect(problem.description == "duplexd.toml:3: proxy[7].name: accepted: none")
    }
}
