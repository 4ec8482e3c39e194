/// An address to which plaintext is sent.
public enum BackendAddress: Sendable, Hashable, CustomStringConvertible {
    /// `host`: a host name, or an IPv4 or IPv6 literal in its canonical form, without brackets. `port`: 1 to 65,535.
    case tcp(host: String, port: UInt16)

    /// `path`: absolute, 1 to 107 bytes.
    case unix(path: String)

    /// Reads the spelling of the configuration: `127.0.0.1:6379`, `[::1]:6379`, `redis.internal:6379` or
    /// `unix:/path`.
    ///
    /// - Throws: `AddressError` with what is accepted where the text went wrong.
    public init(_ text: String) throws(AddressError) {
        if let path = AddressText.unixPath(text) {
            self = .unix(path: try AddressText.checkedUnixPath(path, in: text))
        } else {
            let (host, port) = try AddressText.hostAndPort(text, otherwise: Self.spellings, ports: 1...65535)
            if let literal = AddressText.canonicalIPv4(host) ?? AddressText.canonicalIPv6(host) {
                self = .tcp(host: literal, port: port)
            } else if AddressText.isHostName(host) {
                self = .tcp(host: host, port: port)
            } else {
                throw AddressError(found: text, accepted: "a host name or an IP address before the port")
            }
        }
    }

    /// The spelling of the configuration, which reads back to an equal address.
    public var description: String {
        switch self {
        case .tcp(let host, let port): AddressText.joined(host: host, port: port)
        case .unix(let path): "unix:\(path)"
        }
    }

    static let spellings = #""HOST:PORT" such as "127.0.0.1:6379" or "[::1]:6379", "unix:/PATH""#
}
