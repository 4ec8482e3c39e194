/// What the backend sees when the client's stream ends without close_notify. The raw value is the spelling in the
/// file.
public enum TruncationPolicy: String, Sendable, Equatable, CaseIterable {
    /// The reply runs while it makes progress, then the backend is reset.
    case resetAfterReply = "reset-after-reply"

    /// The backend is reset at once.
    case reset = "reset"

    /// The backend sees a clean FIN, as if the client had ended its stream properly.
    case halfClose = "half-close"
}
