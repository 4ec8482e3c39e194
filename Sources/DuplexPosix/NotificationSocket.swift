internal import DuplexLock
internal import Glibc

/// The datagram socket on which a service manager hears from its services.
///
/// - Thread: any.
/// Source: sd_notify(3), "Notes": one datagram a message to `$NOTIFY_SOCKET`.
public final class NotificationSocket: Sendable {
    private let number: Int32
    private let address: [UInt8]

    /// How long a message waits for room at most; the service manager reads at once unless the machine is in trouble.
    private static let patience = Duration.seconds(5)

    /// - Parameter path: an absolute path, or `@` and a name in the abstract namespace.
    /// - Returns: nil for anything else, and when the system has no descriptor left.
    public init?(path: String) {
        var text = Array(path.utf8)
        guard (2...SocketAddress.pathLimit).contains(text.count), !text.contains(0) else { return nil }
        switch text[0] {
        case UInt8(ascii: "/"): text.append(0)
        case UInt8(ascii: "@"): text[0] = 0
        default: return nil
        }
        let family = sa_family_t(AF_UNIX)
        address = withUnsafeBytes(of: family) { Array($0) } + text
        number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return nil }
        let time = timeval(tv_sec: Int(Self.patience.components.seconds), tv_usec: 0)
        _ = withUnsafeBytes(of: time) {
            setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, $0.baseAddress, socklen_t($0.count))
        }
    }

    deinit { if number >= 0 { close(number) } }

    /// Sends one message: lines of `NAME=value`.
    ///
    /// - Throws: ``SystemCallError`` when nobody listens, or nobody reads.
    public func send(_ message: String) throws(SystemCallError) {
        HeldLocks.assertNone(before: "sendto")
        let bytes = Array(message.utf8)
        let count = retrying {
            address.withUnsafeBytes { address in
                // The array holds a family and a path of at least 2 bytes, so it has a base address; sendto copies a
                // sockaddr_un of any length up to its own (unix(7)).
                let pointer = address.baseAddress!.assumingMemoryBound(to: sockaddr.self)
                return sendto(number, bytes, bytes.count, Int32(MSG_NOSIGNAL), pointer, socklen_t(address.count))
            }
        }
        guard count >= 0 else { throw SystemCallError("sendto", "the service manager", code: Int32(-count)) }
    }
}
