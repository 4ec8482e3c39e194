internal import DuplexConfig
internal import DuplexPosix
internal import Glibc
internal import Logging

/// Speaks to whoever started the program, where there is no log yet: one plain line a message.
enum Operator {
    /// Prints to standard output, at once.
    static func show(_ text: String) {
        print(text)
        fflush(nil)
    }

    /// Prints an error or a warning to standard error; with its priority when that is the journal.
    static func tell(_ text: String, level: Logger.Level = .error) {
        let format = LineFormat.resolved(.auto, environment: .current, output: .current)
        LineOutput.standardError.write(format == .journal ? "<\(level.syslogPriority)>\(text)" : text)
    }

    /// Prints every problem of a configuration.
    static func tell(_ problems: [ConfigurationProblem]) {
        for problem in problems { tell("\(problem)", level: problem.severity == .error ? .error : .warning) }
    }
}
