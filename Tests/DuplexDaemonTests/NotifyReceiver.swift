import Foundation

/// The service manager's end of a notification socket.
final class NotifyReceiver {
    let descriptor: Int32

    /// Binds a Unix datagram socket; `@name` is abstract.
    init?(_ path: String) {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var text = Array(path.utf8)
        if text.first == UInt8(ascii: "@") { text[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: text) }
        let size = socklen_t(2 + text.count + (text.first == 0 ? 0 : 1))
        let status = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        guard status == 0 else { return nil }
        var time = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// The next message; nil when none comes for 20 s.
    func next() -> String? {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count >= 0 ? String(decoding: buffer.prefix(count), as: UTF8.self) : nil
    }

    /// The next message that contains `text`.
    func next(containing text: String) -> String? {
        while let message = next() { if message.contains(text) { return message } }
        return nil
    }
}
