/// What becomes of the backend when the client's stream ends without close_notify (row b of the close table).
public enum TruncationPolicy: Sendable, Hashable {
    /// The reply runs while it makes progress; then the backend is reset.
    case resetAfterReply
    /// The backend is reset at once.
    case reset
    /// The backend gets a clean FIN, as from other proxies: it cannot tell a cut-off upload from a whole one.
    case halfClose
}
