import DuplexConfig
import Testing

@Suite("What is right in a file arrives in the configuration")
struct AcceptedValueTests {
    @Test("A file with the required keys alone gets every default")
    func defaults() throws {
        let outcome = parse(
            """
            [[proxy]]
            listen = "0.0.0.0:6380"
            backend = "127.0.0.1:6379"
            tls.certificate = "tls/cert.pem"
            tls.private_key = "/keys/key.pem"
            """
        )
        #expect(outcome.lines == [])
        #expect(outcome.failure == nil)
        let configuration = try #require(outcome.configuration)
        #expect(
            configuration
                == Configuration(
                    daemon: DaemonConfiguration(
                        logLevel: .info,
                        logFormat: .auto,
                        maxConnections: 10_000,
                        busyPolling: .auto,
                        drainTimeout: .seconds(30),
                        admin: nil
                    ),
                    proxies: [
                        ProxyConfiguration(
                            name: "proxy-1",
                            listen: [.tcp(host: "0.0.0.0", port: 6380)],
                            backends: [.tcp(host: "127.0.0.1", port: 6379)],
                            tls: TLSConfiguration(
                                certificate: "/etc/duplexd/tls/cert.pem",
                                privateKey: "/keys/key.pem",
                                policy: .intermediate,
                                alpn: []
                            ),
                            timeouts: TimeoutConfiguration(
                                handshake: .seconds(10),
                                connect: .seconds(5),
                                idle: .seconds(600),
                                halfClosed: .seconds(60)
                            ),
                            close: CloseConfiguration(truncation: .resetAfterReply, truncationGrace: .seconds(2))
                        )
                    ]
                )
        )
    }

    @Test("Every key can be set to something else than its default")
    func everyKey() throws {
        let outcome = ConfigurationText(
            daemon: #"log_level = "trace"; log_format = "json"; max_connections = 1; drain_timeout = "0s"; "#
                .replacing("; ", with: "\n") + "busy_polling = 'off'\n" + #"admin = "unix:/run/admin""#,
            name: #"name = "web.example_1-a""#,
            listen: #"listen = ["[::]:443", "localhost:443", "unix:/run/web", "systemd:web", "127.0.0.1:0"]"#,
            backend: #"backend = ["Backend_1.internal.:80", "[::0:1]:81", "unix:/run/app"]"#,
            tls: "policy = 'modern'\nalpn = [\"h2\", 'http/1.1']",
            timeouts: "handshake = '100ms'\nconnect = '5m'\nidle = '7d'\nhalf_closed = '24h'",
            close: "truncation = 'half-close'\ntruncation_grace = '100ms'"
        ).outcome
        #expect(outcome.lines == [])
        #expect(
            try #require(outcome.configuration)
                == Configuration(
                    daemon: DaemonConfiguration(
                        logLevel: .trace,
                        logFormat: .json,
                        maxConnections: 1,
                        busyPolling: .off,
                        drainTimeout: .zero,
                        admin: .unix(path: "/run/admin")
                    ),
                    proxies: [
                        ProxyConfiguration(
                            name: "web.example_1-a",
                            listen: [
                                .tcp(host: "::", port: 443), .tcp(host: "127.0.0.1", port: 443),
                                .unix(path: "/run/web"), .systemd(name: "web"), .tcp(host: "127.0.0.1", port: 0),
                            ],
                            backends: [
                                .tcp(host: "Backend_1.internal.", port: 80), .tcp(host: "::1", port: 81),
                                .unix(path: "/run/app"),
                            ],
                            tls: TLSConfiguration(
                                certificate: "/etc/duplexd/cert.pem",
                                privateKey: "/etc/duplexd/key.pem",
                                policy: .modern,
                                alpn: ["h2", "http/1.1"]
                            ),
                            timeouts: TimeoutConfiguration(
                                handshake: .milliseconds(100),
                                connect: .seconds(300),
                                idle: .seconds(604_800),
                                halfClosed: .seconds(86_400)
                            ),
                            close: CloseConfiguration(truncation: .halfClose, truncationGrace: .milliseconds(100))
                        )
                    ]
                )
        )
    }

    @Test(
        "Listeners that can be open at once are accepted side by side",
        arguments: [
            ["0.0.0.0:443", "[::]:443"],
            ["127.0.0.1:0", "127.0.0.1:0"],
            ["0.0.0.0:0", "127.0.0.1:0"],
            ["127.0.0.1:443", "127.0.0.2:443"],
            ["0.0.0.0:443", "0.0.0.0:444"],
            ["unix:/run/a", "unix:/run/b"],
        ]
    )
    func compatibleListeners(_ addresses: [String]) {
        let list = addresses.map { "\"\($0)\"" }.joined(separator: ", ")
        #expect(ConfigurationText(listen: "listen = [\(list)]").outcome.lines == [])
    }

    @Test(
        "An address keeps its spelling",
        arguments: ["0.0.0.0:1", "[::]:65535", "[2001:db8::1]:443", "unix:/run/a.sock", "systemd:web"]
    )
    func listenSpelling(_ text: String) throws {
        #expect(try ListenAddress(text).description == text)
    }

    @Test("A backend keeps its spelling", arguments: ["127.0.0.1:1", "[::1]:2", "redis:6379", "unix:/run/a.sock"])
    func backendSpelling(_ text: String) throws {
        #expect(try BackendAddress(text).description == text)
    }

    @Test("The longest Unix path that fits into an address is accepted")
    func longestUnixPath() throws {
        let path = "/" + String(repeating: "x", count: 106)
        #expect(try ListenAddress("unix:\(path)") == .unix(path: path))
    }

    @Test(
        "Line ends, tabs and a byte-order mark make no difference",
        arguments: ["\u{FEFF}", ""],
        ["\n", "\r\n", "\t\n"]
    )
    func lineEnds(mark: String, lineEnd: String) {
        let text = mark + ConfigurationText().text.replacing("\n", with: lineEnd)
        let outcome = parse(text)
        #expect(outcome.lines == [])
        #expect(outcome.configuration == ConfigurationText().outcome.configuration)
    }
}
