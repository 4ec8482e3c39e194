internal import DuplexLock
internal import DuplexPosix

/// Watches every connection's progress and tells its close table when a timeout has passed. One thread for all.
final class Timekeeper: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `isStopped` and `interval` are used only while `lock` is held.
    private let lock = Lock()
    private let changed = Condition()
    private var isStopped = false
    private var interval = Duration.seconds(1)
    private let table: ConnectionTable

    /// How often the connections are looked at: a quarter of the shortest timeout, within these bounds.
    private static let shortestInterval = Duration.milliseconds(10)
    private static let longestInterval = Duration.seconds(1)

    init(table: ConnectionTable) { self.table = table }

    /// Adapts to the proxies' timeouts.
    func watch(shortest: Duration) {
        lock.withLock { interval = min(max(shortest / 4, Self.shortestInterval), Self.longestInterval) }
        changed.signal()
    }

    /// Ends ``run()``.
    func stop() {
        lock.withLock { isStopped = true }
        changed.signal()
    }

    /// Wakes the timekeeper when the first connection has come. Under the lock, so that it cannot fall between the
    /// timekeeper's look at the table and its wait.
    func connectionsBegan() { lock.withLock { changed.signal() } }

    /// Runs until ``stop()``.
    func run() {
        while pause() {
            for connection in table.snapshot { check(connection, now: .recent) }
        }
    }

    private func check(_ connection: Connection, now: MonotonicTime) {
        guard let patience = connection.patience else { return }
        let limit = connection.definition.timeouts.limit(for: patience)
        guard connection.watch.isExpired(bytes: connection.progress, patience: patience, limit: limit, now: now) else {
            return
        }
        let event: CloseTable.Event =
            switch patience {
            case .idle: .idleExpired
            case .halfClosed: .halfClosedExpired
            case .grace: .graceExpired
            }
        _ = connection.handle(event)
    }

    /// Waits for the next look: for the interval, or without end while there is no connection. False after ``stop()``.
    private func pause() -> Bool {
        lock.lock()
        defer { lock.unlock() }
        while !isStopped, table.isEmpty { changed.wait(lock) }
        if isStopped { return false }
        let deadline = MonotonicTime.now.advanced(by: interval)
        while !isStopped, changed.wait(lock, untilNanoseconds: deadline.nanoseconds) {}
        return !isStopped
    }
}
