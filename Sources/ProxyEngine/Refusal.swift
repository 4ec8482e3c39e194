public import DuplexPosix

/// Why a client was turned away at the door.
public enum Refusal: Sendable, Hashable {
    /// `max_connections` are open.
    case tableFull(limit: Int)
    /// The process or the system has no descriptor left.
    case noDescriptor
    /// The process or the system has no thread left.
    case noThread(SystemCallError)
}
