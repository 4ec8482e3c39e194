/// An address on which duplexd accepts connections.
public enum ListenAddress: Sendable, Hashable, CustomStringConvertible {
    /// `host`: an IPv4 or IPv6 literal in its canonical form, without brackets. `port`: 0 lets the system choose.
    case tcp(host: String, port: UInt16)

    /// `path`: absolute, 1 to 107 bytes.
    case unix(path: String)

    /// `name`: the FileDescriptorName of a socket inherited from the service manager.
    case systemd(name: String)

    /// Reads the spelling of the configuration: `0.0.0.0:6380`, `[::]:6380`, `localhost:6380` (127.0.0.1),
    /// `unix:/path` or `systemd:NAME`. Host names are refused: what they stand for may change under a listener.
    ///
    /// - Throws: `AddressError` with what is accepted where the text went wrong.
    public init(_ text: String) throws(AddressError) {
        if let path = AddressText.unixPath(text) {
            self = .unix(path: try AddressText.checkedUnixPath(path, in: text))
        } else if text.hasPrefix("systemd:") {
            self = .systemd(name: try AddressText.checkedSystemdName(String(text.dropFirst(8)), in: text))
        } else {
            let (host, port) = try AddressText.hostAndPort(text, otherwise: Self.spellings, ports: 0...65535)
            let literal = host == "localhost" ? "127.0.0.1" : host
            guard let canonical = AddressText.canonicalIPv4(literal) ?? AddressText.canonicalIPv6(literal) else {
                throw AddressError(
                    found: text,
                    accepted: "an IP address or localhost before the port, \"0.0.0.0\" or \"[::]\" for every interface"
                )
            }
            self = .tcp(host: canonical, port: port)
        }
    }

    /// The spelling of the configuration, which reads back to an equal address.
    public var description: String {
        switch self {
        case .tcp(let host, let port): AddressText.joined(host: host, port: port)
        case .unix(let path): "unix:\(path)"
        case .systemd(let name): "systemd:\(name)"
        }
    }

    static let spellings = #""IP:PORT" such as "0.0.0.0:6380" or "[::]:6380", "unix:/PATH", "systemd:NAME""#
}
