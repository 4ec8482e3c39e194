/// A wolfSSL crypto-callback device, by the number it was registered with.
///
/// This library does not know what is behind it; it only routes a context's cryptography there.
public struct CryptoDevice: Sendable, Hashable {
    public let id: Int32

    public init(id: Int32) { self.id = id }
}
