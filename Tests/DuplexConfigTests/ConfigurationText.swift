import DuplexConfig

/// A configuration of one proxy with one line for each part, so that a test knows the line of what it puts in.
struct ConfigurationText {
    /// Line 2.
    var daemon = ""
    /// Line 4.
    var name = #"name = "redis""#
    /// Line 5.
    var listen = #"listen = ["127.0.0.1:6380"]"#
    /// Line 6.
    var backend = #"backend = "127.0.0.1:6379""#
    /// Line 7.
    var proxy = ""
    /// Line 9.
    var certificate = #"certificate = "cert.pem""#
    /// Line 10.
    var privateKey = #"private_key = "key.pem""#
    /// Line 11.
    var tls = ""
    /// Line 13.
    var timeouts = ""
    /// Line 15.
    var close = ""
    /// Line 16 and after.
    var more = ""

    var text: String {
        """
        [daemon]
        \(daemon)
        [[proxy]]
        \(name)
        \(listen)
        \(backend)
        \(proxy)
        [proxy.tls]
        \(certificate)
        \(privateKey)
        \(tls)
        [proxy.timeouts]
        \(timeouts)
        [proxy.close]
        \(close)
        \(more)
        """
    }

    var outcome: ConfigurationOutcome { parse(text) }
}

/// Parses `text` as /etc/duplexd/duplexd.toml, shown as `duplexd.toml`, without looking at other files.
func parse(_ text: String) -> ConfigurationOutcome {
    parse(bytes: Array(text.utf8))
}

func parse(bytes: [UInt8]) -> ConfigurationOutcome {
    Configuration.parse(bytes: bytes, file: "duplexd.toml", folder: "/etc/duplexd")
}

extension ConfigurationOutcome {
    /// The problems as an operator sees them.
    var lines: [String] { problems.map(\.description) }
}
