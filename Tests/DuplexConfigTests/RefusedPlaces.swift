/// Refused addresses, keys and combinations, each with the lines that say so.
enum RefusedPlaces {
    private static let listenSpellings =
        #"accepted: "IP:PORT" such as "0.0.0.0:6380" or "[::]:6380", "unix:/PATH", "systemd:NAME""#
    private static let backendSpellings =
        #"accepted: "HOST:PORT" such as "127.0.0.1:6379" or "[::1]:6379", "unix:/PATH""#
    private static let listenHost =
        #"accepted: an IP address or localhost before the port, "0.0.0.0" or "[::]" for every interface"#
    private static let unixPath = #"accepted: "unix:" and an absolute path of at most 107 bytes"#

    private static func refusedListen(_ text: String, _ accepted: String) -> RefusedValue {
        RefusedValue(
            "listen \(text)",
            ConfigurationText(listen: #"listen = ["\#(text)"]"#),
            #"duplexd.toml:5: proxy "redis": listen[0]: found "\#(text)"; \#(accepted)"#
        )
    }

    private static func refusedBackend(_ text: String, _ accepted: String) -> RefusedValue {
        RefusedValue(
            "backend \(text)",
            ConfigurationText(backend: #"backend = "\#(text)""#),
            #"duplexd.toml:6: proxy "redis": backend: found "\#(text)"; \#(accepted)"#
        )
    }

    static let addresses: [RefusedValue] = [
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

    private static let tlsKeys = "accepted: certificate, private_key, policy, alpn"

    static let keys: [RefusedValue] = [
        RefusedValue(
            "near miss",
            ConfigurationText(tls: #"polcy = "modern""#),
            #"duplexd.toml:11: proxy "redis": tls.polcy: unknown key (did you mean policy?); \#(tlsKeys)"#
        ),
        RefusedValue(
            "hyphen for underscore",
            ConfigurationText(daemon: #"log-level = "info""#),
            "duplexd.toml:2: daemon.log-level: unknown key (did you mean log_level?); "
                + "accepted: log_level, log_format, max_connections, busy_polling, drain_timeout, admin"
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
    private static func second(name: String = "web", listen: String) -> String {
        """
        [[proxy]]
        name = "\(name)"
        listen = \(listen)
        backend = "127.0.0.1:80"
        tls = { certificate = "c", private_key = "k" }
        """
    }

    static let conflicts: [RefusedValue] = [
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
}
