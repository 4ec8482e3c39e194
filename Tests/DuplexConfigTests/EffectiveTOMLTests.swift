import DuplexConfig
import Testing

@Suite("The effective configuration")
struct EffectiveTOMLTests {
    @Test("Reads back to an equal configuration", arguments: [defaults, unusual])
    func roundTrip(_ configuration: Configuration) {
        let outcome = parse(configuration.effectiveTOML())
        #expect(outcome.lines == [])
        #expect(outcome.configuration == configuration)
    }

    @Test("Has every key of the schema and nothing else")
    func everyKey() {
        let lines = defaults.effectiveTOML().split(separator: "\n")
        for table in ConfigurationSchema.allCases {
            let tables = ["tls", "timeouts", "close", "daemon", "proxy"]
            for key in table.keys where !tables.contains(key) {
                #expect(lines.contains { $0.hasPrefix("\(key) = ") }, "\(key)")
            }
        }
        #expect(!lines.contains { $0.contains("#") })
    }

    @Test("Names a duration by its largest unit")
    func durations() {
        let text = defaults.effectiveTOML()
        #expect(text.contains(#"idle = "10m""#))
        #expect(text.contains(#"handshake = "10s""#))
        #expect(unusual.effectiveTOML().contains(#"idle = "1501ms""#))
        #expect(unusual.effectiveTOML().contains(#"drain_timeout = "0s""#))
        #expect(unusual.effectiveTOML().contains(#"half_closed = "1d""#))
    }
}

private let defaults = Configuration(proxies: [
    ProxyConfiguration(
        name: "redis",
        listen: [.tcp(host: "::", port: 6380)],
        backends: [.unix(path: "/run/redis.sock")],
        tls: TLSConfiguration(certificate: "/c.pem", privateKey: "/k.pem")
    )
])

private let unusual = Configuration(
    daemon: DaemonConfiguration(
        logLevel: .critical,
        logFormat: .journal,
        maxConnections: 1_000_000,
        busyPolling: .off,
        drainTimeout: .zero,
        admin: .tcp(host: "127.0.0.1", port: 9180)
    ),
    proxies: [
        ProxyConfiguration(
            name: "a",
            listen: [.tcp(host: "127.0.0.1", port: 0), .systemd(name: "a\"b\\c"), .unix(path: "/run/\"é\" \\ #")],
            backends: [.tcp(host: "h", port: 1), .tcp(host: "::1", port: 65_535)],
            tls: TLSConfiguration(
                certificate: "/tab\t, quote\", back\\slash, line\n, del\u{7F}, 😀",
                privateKey: "/k",
                policy: .modern,
                alpn: ["h2", "\"", "\\"]
            ),
            timeouts: TimeoutConfiguration(
                handshake: .milliseconds(100),
                connect: .seconds(300),
                idle: .milliseconds(1_501),
                halfClosed: .seconds(86_400)
            ),
            close: CloseConfiguration(truncation: .reset, truncationGrace: .milliseconds(2_500))
        ),
        ProxyConfiguration(
            name: "b",
            listen: [.tcp(host: "127.0.0.1", port: 0)],
            backends: [.tcp(host: "h", port: 1)],
            tls: TLSConfiguration(certificate: "/c", privateKey: "/k"),
            close: CloseConfiguration(truncation: .halfClose)
        ),
    ]
)
