/// What a server context is made from.
public struct ServerSettings: Sendable {
    public var identity: TLSIdentity
    public var policy: TLSPolicy
    /// Protocols for ALPN, best first; empty: the extension is ignored. A client that offers only others is refused
    /// with `no_application_protocol` (RFC 7301 §3.2); one that offers none is served without.
    public var applicationProtocols: [String]
    /// Keys for session tickets; nil: no tickets, no resumption.
    public var ticketKeys: TicketKeys?
    /// What tickets are bound to besides the server name: one name for contexts that may take each other's tickets.
    public var ticketScope: String
    /// Where cryptography runs; nil: in the library itself.
    public var device: CryptoDevice?

    public init(
        identity: TLSIdentity,
        policy: TLSPolicy = .intermediate,
        applicationProtocols: [String] = [],
        ticketKeys: TicketKeys? = nil,
        ticketScope: String = "",
        device: CryptoDevice? = nil
    ) {
        self.identity = identity
        self.policy = policy
        self.applicationProtocols = applicationProtocols
        self.ticketKeys = ticketKeys
        self.ticketScope = ticketScope
        self.device = device
    }
}
