// The main thread while the daemon serves:
//   1. wait for a signal, or for the moment when the service manager wants to hear something
//   2. SIGHUP: reload
//   3. SIGTERM, SIGINT: stop accepting, let connections finish until drain_timeout, then end them in an orderly way;
//      a second one ends them at once

internal import DuplexPosix
internal import Logging
internal import ProxyEngine

/// An engine that serves until a signal ends it.
///
/// - Thread: the main one.
final class Service {
    private let engine: Engine
    private let logger: Logger
    private let manager: ServiceManager
    private let reload: () -> Duration?
    private var drainTimeout: Duration
    private var pulse: ServicePulse

    /// How long connections have for their orderly end, once `drain_timeout` has passed.
    private static let closingTime = Duration.seconds(3)
    /// How long they have to let go when they are ended at once.
    private static let abandonTime = Duration.seconds(1)
    /// How soon a second signal is heard while connections finish.
    private static let signalInterval = Duration.milliseconds(50)

    /// - Parameters:
    ///   - engine: has its listeners open.
    ///   - reload: what SIGHUP does; returns the new `drain_timeout`, nil when nothing was changed.
    init(
        engine: Engine,
        logger: Logger,
        manager: ServiceManager,
        drainTimeout: Duration,
        reload: @escaping () -> Duration? = { nil }
    ) {
        self.engine = engine
        self.logger = logger
        self.manager = manager
        self.drainTimeout = drainTimeout
        self.reload = reload
        pulse = ServicePulse(manager: manager, counters: engine.counters)
    }

    /// Serves until SIGTERM or SIGINT, and until all connections have ended because of it.
    func run() {
        logListeners()
        logger.info("started", metadata: ["listeners": .stringConvertible(engine.addresses.count)])
        manager.ready(status: pulse.status)
        while true {
            switch Signals.next(until: pulse.due) {
            case .hangUp: reloadNow()
            case .terminate: return stop(.terminate)
            case .interrupt: return stop(.interrupt)
            case nil: pulse.beat { isHealthy }
            }
        }
    }

    // MARK: Reload

    private func reloadNow() {
        logger.info("reloading")
        manager.reloading()
        if let timeout = reload() {
            drainTimeout = timeout
            logListeners()
            logger.info("reloaded", metadata: ["listeners": .stringConvertible(engine.addresses.count)])
        }
        manager.ready(status: pulse.status)
    }

    private func logListeners() {
        for (proxy, point, address) in engine.addresses {
            logger.info(
                "listening",
                metadata: ["proxy": .string(proxy), "listen": .string("\(point)"), "address": .string("\(address)")]
            )
        }
    }

    // MARK: Stop

    private func stop(_ signal: Signal) {
        let count = engine.counters.activeConnections
        logger.info(
            "stopping",
            metadata: ["signal": .string("\(signal)"), "connections": .stringConvertible(count)]
        )
        manager.stopping(status: "draining \(count) connections")
        engine.stopAccepting()
        switch finish(until: .now.advanced(by: drainTimeout)) {
        case .finished: return logStopped("finished")
        case .signalled: return abandon()
        case .expired: break
        }
        _ = engine.drain(until: .now)
        switch finish(until: .now.advanced(by: Self.closingTime)) {
        case .finished: logStopped("drained")
        case .signalled, .expired: abandon()
        }
    }

    /// How waiting for the connections ended.
    private enum Finish {
        case finished
        case expired
        case signalled
    }

    private func finish(until deadline: MonotonicTime) -> Finish {
        while true {
            let now = MonotonicTime.now
            if engine.waitForConnections(until: min(deadline, now.advanced(by: Self.signalInterval))) {
                return .finished
            }
            while let signal = Signals.next(until: now) {
                // A SIGHUP while stopping is ignored.
                if signal != .hangUp { return .signalled }
            }
            if MonotonicTime.now >= deadline { return .expired }
            pulse.beat { isHealthy }
        }
    }

    private func abandon() {
        _ = engine.shutdown(until: .now.advanced(by: Self.abandonTime))
        logStopped("closed at once")
    }

    private func logStopped(_ how: String) {
        let snapshot = engine.counters.snapshot
        logger.info(
            "stopped",
            metadata: [
                "connections": .string(how), "served": .stringConvertible(snapshot.accepted),
                "refused": .stringConvertible(snapshot.refused),
            ]
        )
    }

    /// Whether the engine's locks can be had: this returns late, or never, when a thread keeps one, and the service
    /// manager then misses its keep-alive.
    private var isHealthy: Bool {
        _ = engine.addresses.count
        _ = engine.waitForConnections(until: .now)
        return true
    }
}
