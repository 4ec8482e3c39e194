import DuplexPosix
import Glibc

/// A port of 127.0.0.1 where nobody listens and nobody else can: connecting to it is refused.
struct DeafPort {
    let address: SocketAddress
    private let socket: Socket

    /// Nil when the system has no port left.
    init?() {
        let number = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return nil }
        socket = Socket(taking: number)
        var any = sockaddr_in()
        any.sin_family = sa_family_t(AF_INET)
        any.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &any) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0, let address = socket.localAddress else { return nil }
        self.address = address
    }
}
