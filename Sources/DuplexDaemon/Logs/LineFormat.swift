internal import DuplexConfig
internal import Glibc

/// How an event becomes a line.
enum LineFormat: Sendable, Equatable {
    /// `2026-07-04T12:00:00.123Z info started version=0.1.0`
    case text
    /// `{"time":"2026-07-04T12:00:00.123Z","level":"info","message":"started","version":"0.1.0"}`
    case json
    /// `<6>started version=0.1.0`: priority as syslog(3) numbers it; the journal adds the time.
    case journal

    /// What `log_format` means for this process: under systemd without a terminal, or when standard error is the
    /// journal's socket, `auto` is `journal`.
    ///
    /// - Parameters:
    ///   - environment: as the service manager gave it.
    ///   - output: what is known of standard error.
    /// Source: systemd.exec(5), `$JOURNAL_STREAM`.
    static func resolved(_ format: LogFormat, environment: Environment, output: StandardErrorFacts) -> LineFormat {
        switch format {
        case .text: return .text
        case .json: return .json
        case .journal: return .journal
        case .auto: break
        }
        if let stream = environment["JOURNAL_STREAM"], stream == output.identity { return .journal }
        let isService = environment["NOTIFY_SOCKET"] != nil || environment["INVOCATION_ID"] != nil
        return isService && !output.isTerminal ? .journal : .text
    }
}
