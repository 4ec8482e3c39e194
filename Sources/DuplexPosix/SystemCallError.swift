internal import Glibc

/// A system call that failed: which one, on what, and why.
public struct SystemCallError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The call's name, such as `bind`.
    public let call: String
    /// What it was called on, such as an address; may be empty.
    public let subject: String
    /// `errno` as the call left it.
    public let code: Int32

    public init(_ call: String, _ subject: String = "", code: Int32) {
        self.call = call
        self.subject = subject
        self.code = code
    }

    /// The text for ``code``, such as "Address already in use".
    public var reason: String { Self.text(code) }

    public var description: String { subject.isEmpty ? "\(call): \(reason)" : "\(call) \(subject): \(reason)" }

    /// The system's text for an `errno`.
    public static func text(_ code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            guard let base = buffer.baseAddress, strerror_r(code, base, buffer.count) == 0 else {
                return "errno \(code)"
            }
            return String(cString: base)
        }
    }
}

extension SystemCallError {
    /// ECONNRESET: the peer sent RST.
    public static let connectionReset: Int32 = ECONNRESET
    /// Whether the system was short of memory or buffers: the call failed, the socket is as good as before.
    public static func isShortage(_ code: Int32) -> Bool { code == ENOMEM || code == ENOBUFS }
    /// EPIPE: the stream towards the peer has ended, which says nothing about how the peer's own stream ended.
    public static let brokenPipe: Int32 = EPIPE
    /// EADDRINUSE: somebody listens there.
    public static let addressInUse: Int32 = EADDRINUSE
    /// ENOMEM: no memory.
    public static let noMemory: Int32 = ENOMEM
}
