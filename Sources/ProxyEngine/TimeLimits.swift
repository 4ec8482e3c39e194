/// The timeouts of one proxy.
public struct TimeLimits: Sendable, Hashable {
    /// For the whole handshake, from the accept on.
    public var handshake: Duration
    /// For dialling the backend, all its addresses together.
    public var connect: Duration
    /// No byte in either direction.
    public var idle: Duration
    /// One direction has ended, the other makes no progress.
    public var halfClosed: Duration
    /// The client's stream was truncated, the reply makes no progress.
    public var truncationGrace: Duration

    public init(
        handshake: Duration = .seconds(10),
        connect: Duration = .seconds(5),
        idle: Duration = .seconds(600),
        halfClosed: Duration = .seconds(60),
        truncationGrace: Duration = .seconds(2)
    ) {
        self.handshake = handshake
        self.connect = connect
        self.idle = idle
        self.halfClosed = halfClosed
        self.truncationGrace = truncationGrace
    }

    func limit(for patience: CloseTable.Patience) -> Duration {
        switch patience {
        case .idle: idle
        case .halfClosed: halfClosed
        case .grace: truncationGrace
        }
    }

    /// The shortest of the limits that the timekeeper watches.
    var shortestWatched: Duration { min(idle, halfClosed, truncationGrace) }
}
