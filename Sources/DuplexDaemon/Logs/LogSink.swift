internal import DuplexLock
internal import DuplexPosix
internal import Logging

/// Where all loggers of the process write, and how: level and format may change while they do.
///
/// - Thread: any.
final class LogSink: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `settings` is used only while `lock` is held.
    private let lock = Lock()
    private var settings: Settings
    private let write: @Sendable (String) -> Bool
    private let takeLostLines: @Sendable () -> Int

    private struct Settings {
        var level: Logger.Level
        var format: LineFormat
    }

    /// A sink that writes to `output`.
    init(level: Logger.Level, format: LineFormat, output: LineOutput = .standardError) {
        settings = Settings(level: level, format: format)
        write = { output.write($0) }
        takeLostLines = { output.takeLostLines() }
    }

    var level: Logger.Level { lock.withLock { settings.level } }
    var format: LineFormat { lock.withLock { settings.format } }

    /// Changes level and format from the next event on.
    func set(level: Logger.Level, format: LineFormat) {
        lock.withLock { settings = Settings(level: level, format: format) }
    }

    /// A logger that writes here.
    func logger() -> Logger { Logger(label: "duplexd") { _ in DaemonLogHandler(sink: self) } }

    /// Writes one event, and after it how many were lost before it, if any were.
    func write(level: Logger.Level, message: String, metadata: Logger.Metadata) {
        let format = format
        let line = LogLine(time: .now, level: level, message: message, metadata: metadata).text(format)
        guard write(line) else { return }
        let lost = takeLostLines()
        guard lost > 0 else { return }
        let note = LogLine(
            time: .now,
            level: .warning,
            message: "log lines were lost",
            metadata: ["count": .stringConvertible(lost)]
        )
        _ = write(note.text(format))
    }
}
