/// The severity of a log event, least severe first. The raw value is the spelling in the file.
public enum LogLevel: String, Sendable, Equatable, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
}
