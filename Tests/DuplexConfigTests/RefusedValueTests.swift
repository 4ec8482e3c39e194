import DuplexConfig
import Testing

@Suite("What is wrong in a file is reported with line, key, what was found and what is accepted")
struct RefusedValueTests {
    @Test("A wrong value gives exactly the lines that say so, and no configuration", arguments: choices + numbers)
    func wrongValue(_ value: RefusedValue) {
        expect(value)
    }

    @Test("A wrong address gives exactly the line that says so", arguments: addresses)
    func wrongAddress(_ value: RefusedValue) {
        expect(value)
    }

    @Test("A key that is missing or not known gives exactly the lines that say so", arguments: keys)
    func wrongKey(_ value: RefusedValue) {
        expect(value)
    }

    @Test("Two things that cannot stand beside each other give exactly the line that says so", arguments: conflicts)
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

private let listenSpellings =
    #"accepted: "IP:PORT" such as "0.0.0.0:6380" or "[::]:6380", "unix:/PATH", "systemd:NAME""#
private let backendSpellings =
    #"accepted: "HOST:PORT" such as "127.0.0.1:6379" or "[::1]:6379", "unix:/PATH""#
private let listenHost =
    #"accepted: an IP address or localhost before the port, "0.0.0.0" or "[::]" for every interface"#
private let unixPath = #"accepted: "unix:" and an absolute path of at most 107 bytes"#

private func refusedListen(_ text: String, _ accepted: String) -> RefusedValue {
    RefusedValue(
        "listen \(text)",
        ConfigurationText(listen: #"listen = ["\#(text)"]"#),
        #"duplexd.toml:5: proxy "redis": listen[0]: found "\#(text)"; \#(accepted)"#
    )
}

private func refusedBackend(_ text: String, _ accepted: String) -> RefusedValue {
    RefusedValue(
        "backend \(text)",
        ConfigurationText(backend: #"backend = "\#(text)""#),
        #"duplexd.toml:6: proxy "redis": backend: found "\#(text)"; \#(accepted)"#
    )
}

private let addresses: [RefusedValue] = [
    refusedListen("6380", listenSpellings),
    refusedListen("", listenSpellings),
    refusedListen(":6380", listenSpellings),
    refusedListen("[::1:6380", listenSpellings),
    refusedListen("*:6380", listenHost),
    refusedListen("redis.internal:6380", listenHost),
    refusedListen("256.0.0.1:6380", listenHost),
    refusedListen("[127.0.0.1]:6380", #"accepted: an IPv6 address inside the brackets, such as "[::1]""#),
    refusedListen("[fe80::1%eth0]:6380", #"accepted: an IPv6 address inside the brackets, such as "[::1]""#),
    refusedListen("::1:6380", #"accepted: an IPv6 address in brackets and a port, such as "[::1]:6380""#),
    refusedListen("127.0.0.1:65536", "accepted: a port from 0 to 65535 after the last colon"),
    refusedListen("127.0.0.1:+80", "accepted: a port from 0 to 65535 after the last colon"),
    refusedListen("127.0.0.1:080", "accepted: a port from 0 to 65535 after the last colon"),
    refusedListen("127.0.0.1:", "accepted: a port from 0 to 65535 after the last colon"),
    refusedListen("127.0.0.1:redis", "accepted: a port from 0 to 65535 after the last colon"),
    refusedListen("unix:", unixPath),
    refusedListen("unix:run/duplexd.sock", unixPath),
    refusedListen("unix:/run/duplexd/", unixPath),
    refusedListen("unix:/" + String(repeating: "x", count: 107), unixPath),
    refusedListen(
        "systemd:",
        #"accepted: "systemd:" and a FileDescriptorName of 1 to 255 visible ASCII characters other than ":""#
    ),
    refusedListen(
        "systemd:a:b",
        #"accepted: "systemd:" and a FileDescriptorName of 1 to 255 visible ASCII characters other than ":""#
    ),
    refusedBackend("6379", backendSpellings),
    refusedBackend("127.0.0.1:0", "accepted: a port from 1 to 65535 after the last colon"),
    refusedBackend("127.0.0.1.5:6379", "accepted: a host name or an IP address before the port"),
    refusedBackend("300.0.0.1:6379", "accepted: a host name or an IP address before the port"),
    refusedBackend("-redis:6379", "accepted: a host name or an IP address before the port"),
    refusedBackend("re dis:6379", "accepted: a host name or an IP address before the port"),
    refusedBackend("a..b:6379", "accepted: a host name or an IP address before the port"),
    refusedBackend("unix:relative", unixPath),
    RefusedValue(
        "a number among backends",
        ConfigurationText(backend: #"backend = ["127.0.0.1:1", 2]"#),
        #"duplexd.toml:6: proxy "redis": backend[1]: found 2; accepted: a string"#
    ),
    RefusedValue(
        "admin without port",
        ConfigurationText(daemon: #"admin = "on""#),
        #"duplexd.toml:2: daemon.admin: found "on"; accepted: "IP:PORT" such as "127.0.0.1:9180", "unix:/PATH", "off""#
    ),
    RefusedValue(
        "admin inherited",
        ConfigurationText(daemon: #"admin = "systemd:admin""#),
        #"duplexd.toml:2: daemon.admin: found "systemd:admin"; "#
            + #"accepted: "IP:PORT" such as "127.0.0.1:9180", "unix:/PATH", "off""#
    ),
    RefusedValue(
        "admin on a bad port",
        ConfigurationText(daemon: #"admin = "127.0.0.1:99999""#),
        #"duplexd.toml:2: daemon.admin: found "127.0.0.1:99999"; "#
            + "accepted: a port from 0 to 65535 after the last colon"
    ),
    RefusedValue(
        "no listen addresses",
        ConfigurationText(listen: "listen = []"),
        #"duplexd.toml:5: proxy "redis": listen: found an empty list; "#
            + "accepted: one or a list of: " + listenSpellings.dropFirst("accepted: ".count)
    ),
    RefusedValue(
        "no backends",
        ConfigurationText(backend: "backend = []"),
        #"duplexd.toml:6: proxy "redis": backend: found an empty list; "#
            + "accepted: one or a list of: " + backendSpellings.dropFirst("accepted: ".count)
    ),
    RefusedValue(
        "too many backends",
        ConfigurationText(backend: "backend = [" + (1...65).map { "\"h:\($0)\"" }.joined(separator: ",") + "]"),
        #"duplexd.toml:6: proxy "redis": backend: found a list of 65; accepted: at most 64"#
    ),
]

private let tlsKeys = "accepted: certificate, private_key, policy, alpn"

private let keys: [RefusedValue] = [
    RefusedValue(
        "near miss",
        ConfigurationText(tls: #"polcy = "modern""#),
        #"duplexd.toml:11: proxy "redis": tls.polcy: unknown key (did you mean policy?); \#(tlsKeys)"#
    ),
    RefusedValue(
        "hyphen for underscore",
        ConfigurationText(daemon: #"log-level = "info""#),
        "duplexd.toml:2: daemon.log-level: unknown key (did you mean log_level?); "
            + "accepted: log_level, log_format, max_connections, drain_timeout, admin"
    ),
    RefusedValue(
        "swapped letters",
        ConfigurationText(timeouts: #"ilde = "1s""#),
        #"duplexd.toml:13: proxy "redis": timeouts.ilde: unknown key (did you mean idle?); "#
            + "accepted: handshake, connect, idle, half_closed"
    ),
    RefusedValue(
        "key of another table",
        ConfigurationText(proxy: #"policy = "modern""#),
        #"duplexd.toml:7: proxy "redis": policy: unknown key (it belongs in [proxy.tls]); "#
            + "accepted: name, listen, backend, tls, timeouts, close"
    ),
    RefusedValue(
        "nothing near",
        ConfigurationText(tls: #""strange key" = 1"#),
        #"duplexd.toml:11: proxy "redis": tls."strange key": unknown key; \#(tlsKeys)"#
    ),
    RefusedValue(
        "unknown table",
        ConfigurationText(more: "[metrics]\nport = 1"),
        "duplexd.toml:16: metrics: unknown key; accepted: daemon, proxy"
    ),
    RefusedValue(
        "everything missing",
        text: "[[proxy]]",
        #"duplexd.toml:1: proxy "proxy-1": listen: missing; "#
            + "accepted: one or a list of: " + listenSpellings.dropFirst("accepted: ".count),
        #"duplexd.toml:1: proxy "proxy-1": backend: missing; "#
            + "accepted: one or a list of: " + backendSpellings.dropFirst("accepted: ".count),
        #"duplexd.toml:1: proxy "proxy-1": tls.certificate: missing; accepted: the path of a PEM file"#,
        #"duplexd.toml:1: proxy "proxy-1": tls.private_key: missing; accepted: the path of a PEM file"#
    ),
    RefusedValue(
        "key of the pair missing",
        ConfigurationText(privateKey: ""),
        #"duplexd.toml:8: proxy "redis": tls.private_key: missing; accepted: the path of a PEM file"#
    ),
    RefusedValue(
        "empty file",
        text: "",
        "duplexd.toml: proxy: missing; accepted: at least one [[proxy]] table"
    ),
    RefusedValue(
        "comments only",
        text: "# nothing\n",
        "duplexd.toml: proxy: missing; accepted: at least one [[proxy]] table"
    ),
    RefusedValue(
        "single brackets",
        text: "[proxy]\nname = \"redis\"\n",
        "duplexd.toml:1: proxy: found a table; accepted: an array of tables, each written [[proxy]]"
    ),
    RefusedValue(
        "proxy as a list of numbers",
        text: "proxy = [\n  1,\n]",
        #"duplexd.toml:2: proxy "proxy-1": found 1; accepted: a table, written [[proxy]]"#
    ),
    RefusedValue(
        "no proxies in the list",
        text: "proxy = []",
        "duplexd.toml:1: proxy: found an empty list; accepted: an array of tables, each written [[proxy]]"
    ),
    RefusedValue(
        "too many proxies",
        text: String(repeating: "[[proxy]]\n", count: 1_001),
        "duplexd.toml:1: proxy: found 1001 proxies; accepted: at most 1000"
    ),
    RefusedValue(
        "daemon as a number",
        text: "daemon = 3\n" + ConfigurationText().text.split(separator: "\n").dropFirst().joined(separator: "\n"),
        "duplexd.toml:1: daemon: found 3; accepted: a table, written [daemon]"
    ),
    RefusedValue(
        "tls as a string",
        text: "[[proxy]]\nlisten = \"127.0.0.1:1\"\nbackend = \"h:1\"\ntls = \"on\"\n",
        #"duplexd.toml:4: proxy "proxy-1": tls: found "on"; accepted: a table, written [proxy.tls]"#
    ),
]

/// A second proxy: its header on line 16, its name on 17, listen on 18.
private func second(name: String = "web", listen: String) -> String {
    """
    [[proxy]]
    name = "\(name)"
    listen = \(listen)
    backend = "127.0.0.1:80"
    tls = { certificate = "c", private_key = "k" }
    """
}

private let conflicts: [RefusedValue] = [
    RefusedValue(
        "one name twice",
        ConfigurationText(more: second(name: "redis", listen: #""127.0.0.1:0""#)),
        #"duplexd.toml:17: proxy "redis": name: found "redis"; accepted: a name no other proxy has (see line 4)"#
    ),
    RefusedValue(
        "the default name of another",
        ConfigurationText(
            name: #"name = "proxy-2""#,
            more: second(listen: #""127.0.0.1:0""#).replacing(#"name = "web""#, with: "")
        ),
        #"duplexd.toml:16: proxy "proxy-2": name: found "proxy-2"; accepted: a name no other proxy has (see line 4)"#
    ),
    RefusedValue(
        "one address in two proxies",
        ConfigurationText(more: second(listen: #"["127.0.0.1:6380"]"#)),
        #"duplexd.toml:18: proxy "web": listen[0]: found "127.0.0.1:6380"; "#
            + #"accepted: an address that is free beside "127.0.0.1:6380" of proxy "redis" (line 5)"#
    ),
    RefusedValue(
        "one address twice in a proxy",
        ConfigurationText(listen: #"listen = ["127.0.0.1:6380", "localhost:6380"]"#),
        #"duplexd.toml:5: proxy "redis": listen[1]: found "127.0.0.1:6380"; "#
            + #"accepted: an address that is free beside "127.0.0.1:6380" of proxy "redis" (line 5)"#
    ),
    RefusedValue(
        "wildcard after an address",
        ConfigurationText(more: second(listen: #""0.0.0.0:6380""#)),
        #"duplexd.toml:18: proxy "web": listen: found "0.0.0.0:6380"; "#
            + #"accepted: an address that is free beside "127.0.0.1:6380" of proxy "redis" (line 5)"#
    ),
    RefusedValue(
        "address after a wildcard",
        ConfigurationText(listen: #"listen = "[::]:6380""#, more: second(listen: #""[::1]:6380""#)),
        #"duplexd.toml:18: proxy "web": listen: found "[::1]:6380"; "#
            + #"accepted: an address that is free beside "[::]:6380" of proxy "redis" (line 5)"#
    ),
    RefusedValue(
        "one address in two spellings",
        ConfigurationText(listen: #"listen = "[::1]:6380""#, more: second(listen: #""[0:0:0:0:0:0:0:1]:6380""#)),
        #"duplexd.toml:18: proxy "web": listen: found "[::1]:6380"; "#
            + #"accepted: an address that is free beside "[::1]:6380" of proxy "redis" (line 5)"#
    ),
    RefusedValue(
        "one Unix path twice",
        ConfigurationText(listen: #"listen = "unix:/run/a""#, more: second(listen: #""unix:/run/a""#)),
        #"duplexd.toml:18: proxy "web": listen: found "unix:/run/a"; "#
            + #"accepted: an address that is free beside "unix:/run/a" of proxy "redis" (line 5)"#
    ),
    RefusedValue(
        "one inherited socket twice",
        ConfigurationText(listen: #"listen = "systemd:a""#, more: second(listen: #""systemd:a""#)),
        #"duplexd.toml:18: proxy "web": listen: found "systemd:a"; "#
            + #"accepted: an address that is free beside "systemd:a" of proxy "redis" (line 5)"#
    ),
    RefusedValue(
        "admin on a proxy's address",
        ConfigurationText(daemon: #"admin = "127.0.0.1:6380""#),
        #"duplexd.toml:5: proxy "redis": listen[0]: found "127.0.0.1:6380"; "#
            + #"accepted: an address that is free beside "127.0.0.1:6380" of daemon.admin (line 2)"#
    ),
]
