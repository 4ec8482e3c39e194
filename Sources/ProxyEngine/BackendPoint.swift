public import DuplexPosix

/// A backend's address.
public enum BackendPoint: Sendable, Hashable, CustomStringConvertible {
    /// Digits or a Unix path, known beforehand.
    case address(SocketAddress)
    /// A name, resolved anew for each connection.
    case host(String, port: UInt16)

    public var description: String {
        switch self {
        case .address(let address): "\(address)"
        case .host(let name, let port): "\(name):\(port)"
        }
    }

    func resolve() throws(ResolutionError) -> [SocketAddress] {
        switch self {
        case .address(let address): [address]
        case .host(let name, let port): try SocketAddress.resolve(host: name, port: port)
        }
    }
}
