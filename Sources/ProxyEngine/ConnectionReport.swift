public import DuplexPosix
public import DuplexTLS

/// What became of one connection.
public struct ConnectionReport: Sendable {
    public var id: UInt64
    public var proxy: String
    public var client: SocketAddress
    public var reason: CloseReason
    /// What the reason alone does not say, such as the library's text for an error; nil when there is nothing to add.
    public var detail: String?
    /// What the handshake agreed on; nil when it was not completed.
    public var session: SessionInfo?
    /// The name that the client asked for.
    public var serverName: String?
    /// Plaintext bytes that were sent to the backend, and to the client.
    public var bytesToBackend: UInt64
    public var bytesToClient: UInt64
    /// From the accept to the close.
    public var duration: Duration
    public var alertSent: TLSAlert?
    public var alertReceived: TLSAlert?
}
