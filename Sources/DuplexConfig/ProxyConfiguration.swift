/// `[[proxy]]`: TLS in on some addresses, plaintext out to some backends.
public struct ProxyConfiguration: Sendable, Equatable {
    /// The name under which logs and counters show this proxy; no two proxies share one.
    public var name: String

    /// Where clients connect; at least one.
    public var listen: [ListenAddress]

    /// Where plaintext goes, at least one; tried in turn, beginning with another one for each connection.
    public var backends: [BackendAddress]

    /// What clients are shown.
    public var tls: TLSConfiguration

    /// How long each wait may take.
    public var timeouts: TimeoutConfiguration

    /// How unclean ends are passed on.
    public var close: CloseConfiguration

    public init(
        name: String,
        listen: [ListenAddress],
        backends: [BackendAddress],
        tls: TLSConfiguration,
        timeouts: TimeoutConfiguration = TimeoutConfiguration(),
        close: CloseConfiguration = CloseConfiguration()
    ) {
        self.name = name
        self.listen = listen
        self.backends = backends
        self.tls = tls
        self.timeouts = timeouts
        self.close = close
    }
}
