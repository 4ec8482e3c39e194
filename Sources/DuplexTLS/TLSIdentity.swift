/// A certificate chain and the private key that fits its first certificate, as PEM text.
public struct TLSIdentity: Sendable, Equatable {
    /// The end entity's certificate first, then its issuers.
    public let certificateChain: [UInt8]
    public let privateKey: [UInt8]

    public init(certificateChain: [UInt8], privateKey: [UInt8]) {
        self.certificateChain = certificateChain
        self.privateKey = privateKey
    }
}
