internal import Glibc

/// What a thread waits for on a socket, and what it finds. Source: poll(2).
public struct Readiness: OptionSet, Sendable {
    public let rawValue: Int16

    public init(rawValue: Int16) { self.rawValue = rawValue }

    /// A receive does not block: bytes, the end of the stream, or an error.
    public static let readable = Readiness(rawValue: Int16(POLLIN))
    /// A send takes at least a part.
    public static let writable = Readiness(rawValue: Int16(POLLOUT))
    /// Both directions ended, or the connection was reset. Found even when not asked for.
    public static let hungUp = Readiness(rawValue: Int16(POLLHUP))
    /// An error is pending. Found even when not asked for.
    public static let failed = Readiness(rawValue: Int16(POLLERR))
}
