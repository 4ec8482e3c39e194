import DuplexConfig
import Testing

@Suite("What is wrong in a file is reported with line, key, what was found and what is accepted")
struct RefusedValueTests {
    @Test("A wrong value gives exactly the lines that say so, and no configuration", arguments: choices + numbers)
    func wrongValue(_ value: RefusedValue) {
        expect(value)
    }

    @Test("A wrong address gives exactly the line that says so", arguments: RefusedPlaces.addresses)
    func wrongAddress(_ value: RefusedValue) {
        expect(value)
    }

    @Test("A key that is missing or not known gives exactly the lines that say so", arguments: RefusedPlaces.keys)
    func wrongKey(_ value: RefusedValue) {
        expect(value)
    }

    @Test(
        "Two things that cannot stand beside each other give exactly the line that says so",
        arguments: RefusedPlaces.conflicts
    )
    func conflict(_ value: RefusedValue) {
        expect(value)
    }

    @Test("Every problem of a file is reported at once, in the order of the file")
    func allAtOnce() {
        let outcome = ConfigurationText(
            daemon: #"log_level = "loud""#,
            listen: "listen = 6380",
            tls: #"policy = "old""#,
            timeouts: #"idle = "10""#,
            close: #"truncation = "never""#
        ).outcome
        #expect(outcome.problems.map(\.line) == [2, 5, 11, 13, 15])
        #expect(outcome.configuration == nil)
        #expect(outcome.failure == .invalid)
    }

    @Test("More problems than anybody reads are counted, not listed")
    func manyProblems() {
        let unknown = (0..<1_000).map { "key\($0) = 1" }.joined(separator: "\n")
        let outcome = parse(unknown)
        #expect(outcome.problems.count == 501)
        #expect(outcome.lines.last == "duplexd.toml: 501 more problems are left out")
    }

    private func expect(_ value: RefusedValue) {
        let outcome = parse(value.text)
        #expect(outcome.lines == value.lines)
        #expect(outcome.configuration == nil)
        #expect(outcome.failure == .invalid)
    }
}

private let choices: [RefusedValue] = [
    RefusedValue(
        "policy",
        ConfigurationText(tls: #"policy = "old""#),
        #"duplexd.toml:11: proxy "redis": tls.policy: found "old"; accepted: "intermediate", "modern""#
    ),
    RefusedValue(
        "policy in the wrong case",
        ConfigurationText(tls: #"policy = "Modern""#),
        #"duplexd.toml:11: proxy "redis": tls.policy: found "Modern"; accepted: "intermediate", "modern""#
    ),
    RefusedValue(
        "log level",
        ConfigurationText(daemon: #"log_level = "loud""#),
        #"duplexd.toml:2: daemon.log_level: found "loud"; accepted: "trace", "debug", "info", "notice", "#
            + #""warning", "error", "critical""#
    ),
    RefusedValue(
        "log format",
        ConfigurationText(daemon: "log_format = true"),
        #"duplexd.toml:2: daemon.log_format: found true; accepted: "auto", "text", "json", "journal""#
    ),
    RefusedValue(
        "busy polling",
        ConfigurationText(daemon: #"busy_polling = "on""#),
        #"duplexd.toml:2: daemon.busy_polling: found "on"; accepted: "auto", "off""#
    ),
    RefusedValue(
        "truncation",
        ConfigurationText(close: "truncation = []"),
        #"duplexd.toml:15: proxy "redis": close.truncation: found an empty list; "#
            + #"accepted: "reset-after-reply", "reset", "half-close""#
    ),
    RefusedValue(
        "proxy name with a blank",
        ConfigurationText(name: #"name = "my redis""#),
        #"duplexd.toml:4: proxy "proxy-1": name: found "my redis"; "#
            + #"accepted: 1 to 64 letters, digits, "-", "_" or ".", the first a letter or digit"#
    ),
    RefusedValue(
        "empty proxy name",
        ConfigurationText(name: #"name = """#),
        #"duplexd.toml:4: proxy "proxy-1": name: found ""; "#
            + #"accepted: 1 to 64 letters, digits, "-", "_" or ".", the first a letter or digit"#
    ),
    RefusedValue(
        "text that would end the line or steer a terminal",
        ConfigurationText(tls: #"policy = "a\n\u001b[2J\"""#),
        #"duplexd.toml:11: proxy "redis": tls.policy: found "a\n\u001B[2J\""; accepted: "intermediate", "modern""#
    ),
    RefusedValue(
        "ALPN as a string",
        ConfigurationText(tls: #"alpn = "h2""#),
        #"duplexd.toml:11: proxy "redis": tls.alpn: found "h2"; "#
            + #"accepted: a list of protocol names such as ["h2", "http/1.1"]"#
    ),
    RefusedValue(
        "ALPN names",
        ConfigurationText(
            tls: #"alpn = ["", "h2", "h2", "a,b", 1, "\#(String(repeating: "x", count: 256))"]"#
        ),
        #"duplexd.toml:11: proxy "redis": tls.alpn[0]: found ""; "#
            + #"accepted: a protocol name of 1 to 255 visible ASCII characters other than ",""#,
        #"duplexd.toml:11: proxy "redis": tls.alpn[2]: found "h2"; accepted: each protocol name once"#,
        #"duplexd.toml:11: proxy "redis": tls.alpn[3]: found "a,b"; "#
            + #"accepted: a protocol name of 1 to 255 visible ASCII characters other than ",""#,
        #"duplexd.toml:11: proxy "redis": tls.alpn[4]: found 1; accepted: a string"#,
        #"duplexd.toml:11: proxy "redis": tls.alpn[5]: found 256 bytes; "#
            + #"accepted: a protocol name of 1 to 255 visible ASCII characters other than ",""#
    ),
    RefusedValue(
        "too many ALPN names",
        ConfigurationText(tls: "alpn = [" + (0..<17).map { "\"p\($0)\"" }.joined(separator: ",") + "]"),
        #"duplexd.toml:11: proxy "redis": tls.alpn: found a list of 17; accepted: at most 16"#
    ),
    RefusedValue(
        "empty certificate path",
        ConfigurationText(certificate: #"certificate = """#),
        #"duplexd.toml:9: proxy "redis": tls.certificate: found ""; accepted: the path of a PEM file"#
    ),
    RefusedValue(
        "private key as a list",
        ConfigurationText(privateKey: #"private_key = ["a"]"#),
        #"duplexd.toml:10: proxy "redis": tls.private_key: found a list; accepted: the path of a PEM file"#
    ),
]

private let durationSpelling = "accepted: a whole number and a unit (ms, s, m, h, d)"

private func refusedIdle(_ title: String, _ value: String, _ found: String, accepted: String) -> RefusedValue {
    RefusedValue(
        title,
        ConfigurationText(timeouts: "idle = \(value)"),
        #"duplexd.toml:13: proxy "redis": timeouts.idle: found \#(found); \#(accepted)"#
    )
}

private let numbers: [RefusedValue] = [
    refusedIdle("no unit", #""10""#, #""10""#, accepted: #"\#(durationSpelling), "100ms" to "7d""#),
    refusedIdle("bad unit", #""10 parsecs""#, #""10 parsecs""#, accepted: #"\#(durationSpelling), "100ms" to "7d""#),
    refusedIdle("negative", #""-1s""#, #""-1s""#, accepted: #"\#(durationSpelling), "100ms" to "7d""#),
    refusedIdle("fraction", #""1.5s""#, #""1.5s""#, accepted: #"\#(durationSpelling), "100ms" to "7d""#),
    refusedIdle("two units", #""1m30s""#, #""1m30s""#, accepted: #"\#(durationSpelling), "100ms" to "7d""#),
    refusedIdle("upper case", #""10M""#, #""10M""#, accepted: #"\#(durationSpelling), "100ms" to "7d""#),
    refusedIdle("empty", #""""#, #""""#, accepted: #"\#(durationSpelling), "100ms" to "7d""#),
    refusedIdle("bare number", "10", "10", accepted: #"\#(durationSpelling), "100ms" to "7d""#),
    refusedIdle("date", "2026-01-01", "a date or time", accepted: #"\#(durationSpelling), "100ms" to "7d""#),
    refusedIdle("too short", #""99ms""#, #""99ms""#, accepted: #"accepted: "100ms" to "7d""#),
    refusedIdle("too long", #""8d""#, #""8d""#, accepted: #"accepted: "100ms" to "7d""#),
    refusedIdle(
        "overflow of the number",
        #""99999999999999999999s""#,
        #""99999999999999999999s""#,
        accepted: #"accepted: "100ms" to "7d""#
    ),
    refusedIdle(
        "overflow of the product",
        #""9223372036854775807d""#,
        #""9223372036854775807d""#,
        accepted: #"accepted: "100ms" to "7d""#
    ),
    RefusedValue(
        "drain",
        ConfigurationText(daemon: #"drain_timeout = "61m""#),
        #"duplexd.toml:2: daemon.drain_timeout: found "61m"; accepted: "0s" to "1h""#
    ),
    RefusedValue(
        "handshake",
        ConfigurationText(timeouts: #"handshake = "6m""#),
        #"duplexd.toml:13: proxy "redis": timeouts.handshake: found "6m"; accepted: "100ms" to "5m""#
    ),
    RefusedValue(
        "connect",
        ConfigurationText(timeouts: #"connect = "6m""#),
        #"duplexd.toml:13: proxy "redis": timeouts.connect: found "6m"; accepted: "100ms" to "5m""#
    ),
    RefusedValue(
        "half closed",
        ConfigurationText(timeouts: #"half_closed = "25h""#),
        #"duplexd.toml:13: proxy "redis": timeouts.half_closed: found "25h"; accepted: "100ms" to "1d""#
    ),
    RefusedValue(
        "truncation grace",
        ConfigurationText(close: #"truncation_grace = "0s""#),
        #"duplexd.toml:15: proxy "redis": close.truncation_grace: found "0s"; accepted: "100ms" to "5m""#
    ),
    RefusedValue(
        "no connections",
        ConfigurationText(daemon: "max_connections = 0"),
        "duplexd.toml:2: daemon.max_connections: found 0; accepted: a whole number from 1 to 1000000"
    ),
    RefusedValue(
        "more connections than threads",
        ConfigurationText(daemon: "max_connections = 1_000_001"),
        "duplexd.toml:2: daemon.max_connections: found 1000001; accepted: a whole number from 1 to 1000000"
    ),
    RefusedValue(
        "connections as text",
        ConfigurationText(daemon: #"max_connections = "many""#),
        #"duplexd.toml:2: daemon.max_connections: found "many"; accepted: a whole number from 1 to 1000000"#
    ),
    RefusedValue(
        "connections as a fraction",
        ConfigurationText(daemon: "max_connections = 1e3"),
        "duplexd.toml:2: daemon.max_connections: found 1000.0; accepted: a whole number from 1 to 1000000"
    ),
]
