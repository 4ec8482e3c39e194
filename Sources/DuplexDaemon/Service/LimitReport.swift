internal import Logging

/// Writes to the log which limits of the system are below what `max_connections` needs.
struct LimitReport {
    let logger: Logger
    /// RLIMIT_NOFILE in force; nil where it is unknown.
    let descriptors: UInt64?

    func write(connections: Int) {
        for shortfall in LimitCheck.current(descriptors: descriptors).shortfalls(connections: connections) {
            logger.warning(
                "system limit too low for max_connections",
                metadata: [
                    "limit": .string(shortfall.limit), "found": .stringConvertible(shortfall.found),
                    "needed": .stringConvertible(shortfall.needed), "max_connections": .stringConvertible(connections),
                ]
            )
        }
    }
}
