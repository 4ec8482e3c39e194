import Glibc
import Synchronization

/// One end of a TCP connection over the loopback interface, closed when nobody holds it any more.
final class Connection: Sendable {
    private let descriptor: Int32
    private let isClosed = Atomic(false)

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { closeNow() }

    /// Closes the descriptor while others may still hold this object; they do not use it any more.
    func closeNow() {
        if !isClosed.exchange(true, ordering: .acquiringAndReleasing) { close(descriptor) }
    }

    /// Sends all of `bytes`, waiting for room. Returns how many were taken: all, or fewer when the peer is gone.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int { send(bytes, flags: 0) }

    /// Sends as many of `bytes` as there is room for. Returns how many.
    func sendNow(_ bytes: UnsafeRawBufferPointer) -> Int { send(bytes, flags: Int(MSG_DONTWAIT)) }

    private func send(_ bytes: UnsafeRawBufferPointer, flags: Int) -> Int {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(flags | Int(MSG_NOSIGNAL)))
            if count > 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            } else if errno != EINTR {
                break
            }
        }
        return bytes.count - rest.count
    }

    /// Receives some bytes, waiting for them. Returns how many: 0 after the peer's FIN, -1 after a reset.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
            if count >= 0 || errno != EINTR { return count }
        }
    }

    /// Sends FIN; receiving goes on.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Two ends of one connection. The first receives into little room and the second sends from much, so that a whole
    /// answer can wait on the way while nobody reads it.
    static func pair() -> (Connection, Connection) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let dialler = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        setRoom(of: dialler, SO_RCVBUF, 16_384)
        setRoom(of: listener, SO_SNDBUF, 1_000_000)
        let status = withUnsafeMutablePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) | listen(listener, 1) | getsockname(listener, address, &size)
                    | connect(dialler, address, size)
            }
        }
        let accepted = accept(listener, nil, nil)
        precondition(status == 0 && accepted >= 0, "the loopback interface does not work: errno \(errno)")
        return (Connection(dialler), Connection(accepted))
    }

    private static func setRoom(of descriptor: Int32, _ option: Int32, _ bytes: Int32) {
        var bytes = bytes
        setsockopt(descriptor, SOL_SOCKET, option, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }
}
