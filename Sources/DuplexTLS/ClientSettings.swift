/// What a client context is made from.
public struct ClientSettings: Sendable {
    /// Whose signature a server's certificate must bear.
    public enum Trust: Sendable {
        /// The certificate authorities of the system.
        case system
        /// The authorities in this PEM text, and no others.
        case anchors([UInt8])
        /// Anyone's: no verification at all. For tests and self-checks against a certificate made on the spot.
        case anyone
    }

    public var trust: Trust
    public var policy: TLSPolicy
    public var applicationProtocols: [String]
    public var device: CryptoDevice?

    public init(
        trust: Trust = .system,
        policy: TLSPolicy = .intermediate,
        applicationProtocols: [String] = [],
        device: CryptoDevice? = nil
    ) {
        self.trust = trust
        self.policy = policy
        self.applicationProtocols = applicationProtocols
        self.device = device
    }
}
