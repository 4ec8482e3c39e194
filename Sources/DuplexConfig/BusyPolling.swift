/// Whether a thread that waits for a backend's reply asks for it again and again for a moment before it sleeps. The raw
/// value is the spelling in the file.
public enum BusyPolling: String, Sendable, Equatable, CaseIterable {
    /// In quick conversations, where it has been measured to shorten the wait.
    case auto

    /// Never.
    case off
}
