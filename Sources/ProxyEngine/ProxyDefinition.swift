public import DuplexTLS

/// One proxy: where it listens, what it offers, where it forwards to.
public struct ProxyDefinition: Sendable {
    public var name: String
    public var listen: [ListenPoint]
    /// Tried in turn, beginning with another one for each connection. Never empty.
    public var backends: [BackendPoint]
    public var context: TLSContext
    public var timeouts: TimeLimits
    public var truncation: TruncationPolicy

    public init(
        name: String,
        listen: [ListenPoint],
        backends: [BackendPoint],
        context: TLSContext,
        timeouts: TimeLimits = TimeLimits(),
        truncation: TruncationPolicy = .resetAfterReply
    ) {
        self.name = name
        self.listen = listen
        self.backends = backends
        self.context = context
        self.timeouts = timeouts
        self.truncation = truncation
    }
}
