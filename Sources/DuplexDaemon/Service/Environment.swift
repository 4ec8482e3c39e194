internal import Glibc

/// The environment variables that a service manager sets for its services.
struct Environment: Sendable {
    private let values: [String: String]

    /// Those of this process.
    static var current: Environment {
        Environment(
            Dictionary(
                uniqueKeysWithValues: names.compactMap { name in getenv(name).map { (name, String(cString: $0)) } }
            )
        )
    }

    init(_ values: [String: String]) { self.values = values }

    /// Nil when it is not set.
    subscript(name: String) -> String? { values[name] }

    private static let names = [
        "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES",
        "JOURNAL_STREAM", "INVOCATION_ID",
    ]
}
