/// `[proxy.tls]`: the certificate and the rules of the handshake.
public struct TLSConfiguration: Sendable, Equatable {
    /// Absolute path of a PEM file: the server's certificate first, then the chain up to, but without, the root.
    public var certificate: String

    /// Absolute path of the PEM file with the private key of that certificate.
    public var privateKey: String

    /// Which versions and cipher suites are offered.
    public var policy: TLSPolicy

    /// ALPN protocol names, most wanted first; empty: the extension is not answered. A client that offers only
    /// others is refused; one that offers none is served.
    public var alpn: [String]

    public init(certificate: String, privateKey: String, policy: TLSPolicy = .intermediate, alpn: [String] = []) {
        self.certificate = certificate
        self.privateKey = privateKey
        self.policy = policy
        self.alpn = alpn
    }
}
