/// `[proxy.timeouts]`: how long each wait of a connection may take.
public struct TimeoutConfiguration: Sendable, Equatable {
    /// From accept to the end of the TLS handshake.
    public var handshake: Duration

    /// Until a backend has accepted the connection, all attempts together.
    public var connect: Duration

    /// Without a byte in either direction.
    public var idle: Duration

    /// After one direction has ended, without progress in the other.
    public var halfClosed: Duration

    /// The defaults, unless told otherwise.
    public init(
        handshake: Duration = .seconds(10),
        connect: Duration = .seconds(5),
        idle: Duration = .seconds(600),
        halfClosed: Duration = .seconds(60)
    ) {
        self.handshake = handshake
        self.connect = connect
        self.idle = idle
        self.halfClosed = halfClosed
    }
}
