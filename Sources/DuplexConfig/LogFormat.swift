/// The form of log lines. The raw value is the spelling in the file.
public enum LogFormat: String, Sendable, Equatable, CaseIterable {
    /// `journal` where standard error is connected to systemd's journal, else `text`.
    case auto

    /// One readable line an event, with its time.
    case text

    /// One JSON object an event.
    case json

    /// One line an event, headed by its priority as `<N>`, without a time, which the journal adds.
    case journal
}
