/// `[proxy.close]`: how unclean ends are passed on.
public struct CloseConfiguration: Sendable, Equatable {
    /// What the backend sees when the client's stream ends without close_notify.
    public var truncation: TruncationPolicy

    /// With `resetAfterReply`: how long the reply may make no progress before the backend is reset.
    public var truncationGrace: Duration

    /// The defaults, unless told otherwise.
    public init(truncation: TruncationPolicy = .resetAfterReply, truncationGrace: Duration = .seconds(2)) {
        self.truncation = truncation
        self.truncationGrace = truncationGrace
    }
}
