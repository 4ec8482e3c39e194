internal import DuplexPosix
internal import ProxyEngine

/// When the service manager is told something without being asked: a new status line, and keep-alives.
///
/// The number of connections is looked at every second while it changes, and ever more rarely while it does not, so
/// that an idle daemon sleeps.
struct ServicePulse {
    private let manager: ServiceManager
    private let counters: Counters
    private var shown: String
    private var interval = Self.shortestInterval
    private var nextLook: MonotonicTime?
    private var nextKeepAlive: MonotonicTime?

    static let shortestInterval = Duration.seconds(1)
    static let longestInterval = Duration.seconds(16)

    init(manager: ServiceManager, counters: Counters) {
        self.manager = manager
        self.counters = counters
        shown = Self.text(counters)
        if manager.isPresent { nextLook = .now.advanced(by: interval) }
        if let interval = manager.watchdogInterval { nextKeepAlive = .now.advanced(by: interval) }
    }

    /// The status line as it is now.
    var status: String { Self.text(counters) }

    /// When ``beat(isHealthy:)`` has something to do; nil: never.
    var due: MonotonicTime? { [nextLook, nextKeepAlive].compactMap(\.self).min() }

    /// Does what is due.
    ///
    /// - Parameter isHealthy: asked before each keep-alive; without it the service manager starts the daemon anew.
    mutating func beat(isHealthy: () -> Bool) {
        let now = MonotonicTime.now
        if let next = nextKeepAlive, let every = manager.watchdogInterval, next <= now {
            if isHealthy() { manager.keepAlive() }
            nextKeepAlive = now.advanced(by: every)
        }
        if let next = nextLook, next <= now {
            look()
            nextLook = now.advanced(by: interval)
        }
    }

    private mutating func look() {
        let status = status
        guard status != shown else {
            interval = min(interval * 2, Self.longestInterval)
            return
        }
        shown = status
        interval = Self.shortestInterval
        manager.status(status)
    }

    private static func text(_ counters: Counters) -> String {
        let snapshot = counters.snapshot
        return "\(snapshot.active) connections, \(snapshot.accepted) served, \(snapshot.refused) refused"
    }
}
