/// What a finished handshake agreed on.
public struct SessionInfo: Sendable, Equatable {
    public let version: TLSVersion
    public let suite: CipherSuite
    /// The application protocol agreed by ALPN (RFC 7301), if any.
    public let applicationProtocol: String?
    /// True when a ticket spared the full handshake.
    public let isResumed: Bool
}
