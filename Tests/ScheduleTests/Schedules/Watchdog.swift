internal import DuplexLock
internal import DuplexPosix
internal import Glibc

/// Ends the program, with the seed, when a schedule does not come to its end: a thread that waits for itself cannot be
/// stopped in any other way.
final class Watchdog: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `running` is used only while `lock` is held.
    private struct Entry {
        let seed: UInt64
        let deadline: MonotonicTime
    }

    private let lock = Lock()
    private var running: [Int: Entry] = [:]
    private let stopped = Door()
    private let ended = Door()
    /// How long a seed may take, the search for its shortest schedule included.
    private static let patience = Duration.seconds(300)

    init() throws {
        try Thread(name: "watchdog", stackSize: 1 << 18) { [self] in
            while !stopped.wait(.seconds(1)) {
                guard let late = lock.withLock({ running.values.first { $0.deadline < .now } }) else {
                    continue
                }
                print("seed \(late.seed) hangs:\n\(Schedule(seed: late.seed))0 passed, 1 failed")
                exit(1)
            }
            ended.open()
        }.detach()
    }

    func begin(_ seed: UInt64, worker: Int) {
        lock.withLock {
            running[worker] = Entry(seed: seed, deadline: .now.advanced(by: Self.patience))
        }
    }

    func end(worker: Int) { _ = lock.withLock { running.removeValue(forKey: worker) } }

    func stop() {
        stopped.open()
        ended.wait(.seconds(5))
    }
}
