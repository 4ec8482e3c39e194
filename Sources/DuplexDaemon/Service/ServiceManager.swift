internal import DuplexPosix
internal import Glibc

/// What tells the service manager how the daemon is. Does nothing when there is none.
///
/// - Thread: any.
/// Source: sd_notify(3), sd_watchdog_enabled(3).
struct ServiceManager: Sendable {
    private let socket: NotificationSocket?
    /// How often it wants to hear that the daemon is well: half of what `WatchdogSec=` allows. Nil: not at all.
    let watchdogInterval: Duration?

    init(environment: Environment, processID: Int32 = getpid()) {
        socket = environment["NOTIFY_SOCKET"].flatMap { NotificationSocket(path: $0) }
        let isMeant = environment["WATCHDOG_PID"].map { $0 == String(processID) } ?? true
        if socket != nil, isMeant, let limit = environment["WATCHDOG_USEC"].flatMap({ Int64($0) }), limit > 0 {
            // No interval is so short that the daemon would do nothing else.
            watchdogInterval = max(.microseconds(limit / 2), .milliseconds(1))
        } else {
            watchdogInterval = nil
        }
    }

    var isPresent: Bool { socket != nil }

    /// The daemon serves; also the end of a reload.
    func ready(status: String) { send("READY=1\nSTATUS=\(status)") }

    func status(_ status: String) { send("STATUS=\(status)") }

    /// A reload begins. ``ready(status:)`` ends it.
    func reloading() {
        send("RELOADING=1\nMONOTONIC_USEC=\(MonotonicTime.now.nanoseconds / 1_000)\nSTATUS=reloading")
    }

    func stopping(status: String) { send("STOPPING=1\nSTATUS=\(status)") }

    func keepAlive() { send("WATCHDOG=1") }

    private func send(_ message: String) {
        // The service manager is gone, or does not read: it cannot be told, and the proxy's work goes on.
        try? socket?.send(message)
    }
}
