internal import DuplexConfig
internal import Logging

extension Logger {
    /// Writes each problem of a configuration as an event.
    func report(_ problems: [ConfigurationProblem]) {
        for problem in problems {
            log(
                level: problem.severity == .error ? .error : .warning,
                "configuration problem",
                metadata: ["detail": .string("\(problem)")]
            )
        }
    }
}
