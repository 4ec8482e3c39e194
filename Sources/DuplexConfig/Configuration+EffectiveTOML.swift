extension Configuration {
    /// The configuration as TOML with every key written out, defaults included, and no comments.
    ///
    /// Parsing the text gives an equal `Configuration`, provided that the values are in their ranges. It holds paths
    /// of keys, never keys.
    ///
    /// - Thread: any.
    public func effectiveTOML() -> String {
        var lines = [
            "[daemon]",
            "log_level = \(TOMLText.string(daemon.logLevel.rawValue))",
            "log_format = \(TOMLText.string(daemon.logFormat.rawValue))",
            "max_connections = \(daemon.maxConnections)",
            "busy_polling = \(TOMLText.string(daemon.busyPolling.rawValue))",
            "drain_timeout = \(TOMLText.duration(daemon.drainTimeout))",
            "admin = \(TOMLText.string(daemon.admin?.description ?? ConfigurationReader.adminOff))",
        ]
        for proxy in proxies {
            lines += [
                "",
                "[[proxy]]",
                "name = \(TOMLText.string(proxy.name))",
                "listen = \(TOMLText.array(proxy.listen.map(\.description)))",
                "backend = \(TOMLText.array(proxy.backends.map(\.description)))",
                "",
                "[proxy.tls]",
                "certificate = \(TOMLText.string(proxy.tls.certificate))",
                "private_key = \(TOMLText.string(proxy.tls.privateKey))",
                "policy = \(TOMLText.string(proxy.tls.policy.rawValue))",
                "alpn = \(TOMLText.array(proxy.tls.alpn))",
                "",
                "[proxy.timeouts]",
                "handshake = \(TOMLText.duration(proxy.timeouts.handshake))",
                "connect = \(TOMLText.duration(proxy.timeouts.connect))",
                "idle = \(TOMLText.duration(proxy.timeouts.idle))",
                "half_closed = \(TOMLText.duration(proxy.timeouts.halfClosed))",
                "",
                "[proxy.close]",
                "truncation = \(TOMLText.string(proxy.close.truncation.rawValue))",
                "truncation_grace = \(TOMLText.duration(proxy.close.truncationGrace))",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
