public import DuplexPosix

/// Where a proxy listens.
public enum ListenPoint: Sendable, Hashable, CustomStringConvertible {
    /// An address; port 0 lets the system pick one.
    case address(SocketAddress)
    /// A socket that the service manager opened, by the name it was given (`FileDescriptorName=`).
    case inherited(String)

    public var description: String {
        switch self {
        case .address(let address): "\(address)"
        case .inherited(let name): "systemd:\(name)"
        }
    }
}
