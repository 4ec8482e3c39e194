import DuplexPosix
import Glibc

/// A TCP client whose descriptor was taken before the process ran out of them.
struct Knocker {
    let socket: Socket
    private let number: Int32

    init() {
        number = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        socket = Socket(taking: number)
        socket.setPatience(.seconds(20))
    }

    /// Connects to 127.0.0.1 and sends a byte, since a silent client waits for a second before it is accepted. Returns
    /// whether the kernel took the connection into the listener's backlog.
    func knock(port: UInt16) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 && socket.writeAll([22])
            }
        }
    }
}
