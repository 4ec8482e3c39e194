internal import DuplexLock
internal import DuplexPosix
internal import DuplexTLS

/// Runs many seeds: each as a schedule, and one in fifty with four real threads too.
public final class ScheduleRun: @unchecked Sendable {
    // Invariant for @unchecked Sendable: the stored vars are used only while `lock` is held.
    private let lock = Lock()
    private var next: UInt64
    private let end: UInt64
    private var passedCount = 0
    private var failedCount = 0
    /// Every so many seeds, one more run with four real threads.
    public static let threadedShare: UInt64 = 50
    /// Failures that are made short and reported; more are only counted.
    private static let reportLimit = 3
    /// Failures after which no further seed is begun.
    private static let failureLimit = 100
    private let onFailure: @Sendable (String) -> Void

    public var passed: Int { lock.withLock { passedCount } }
    public var failed: Int { lock.withLock { failedCount } }

    /// - Parameters:
    ///   - count: how many seeds.
    ///   - firstSeed: where they begin.
    ///   - onFailure: told of the first failures, in the thread that found it: seed, what was wrong, and the shortest
    ///     failing schedule that was found.
    public init(count: Int, firstSeed: UInt64 = 0, onFailure: @escaping @Sendable (String) -> Void) {
        self.onFailure = onFailure
        next = firstSeed
        end = firstSeed + UInt64(count)
    }

    /// The schedule of `seed`, as text.
    public static func text(of seed: UInt64) -> String { Schedule(seed: seed).description }

    /// Runs them all, in `workers` threads. Prints nothing, except when a seed hangs: then it ends the program.
    public func run(workers: Int) throws {
        let watchdog = try Watchdog()
        let done = (0..<workers).map { _ in Door() }
        for (worker, door) in done.enumerated() {
            try Thread(name: "schedules-\(worker)", stackSize: 8 << 20) { [self] in
                while let seed = takeSeed() {
                    watchdog.begin(seed, worker: worker)
                    run(seed)
                    watchdog.end(worker: worker)
                }
                TLSLibrary.releaseThreadCaches()
                door.open()
            }.detach()
        }
        for door in done { while !door.wait(.seconds(60)) {} }
        watchdog.stop()
    }

    private func takeSeed() -> UInt64? {
        lock.withLock {
            guard next < end, failedCount < Self.failureLimit else { return nil }
            defer { next += 1 }
            return next
        }
    }

    private func run(_ seed: UInt64) {
        let schedule = Schedule(seed: seed)
        if let flaw = Conversation.flaw(of: schedule) {
            count(failure: { Self.report(seed, schedule, flaw) })
        } else {
            lock.withLock { passedCount += 1 }
        }
        guard seed % Self.threadedShare == 0 else { return }
        if let flaw = ThreadedConversation.flaw(seed: seed) {
            count(failure: { "seed \(seed), four threads: \(flaw)" })
        } else {
            lock.withLock { passedCount += 1 }
        }
    }

    private func count(failure report: () -> String) {
        let isReported = lock.withLock {
            failedCount += 1
            return failedCount <= Self.reportLimit
        }
        guard isReported else { return }
        onFailure(report())
    }

    private static func report(_ seed: UInt64, _ schedule: Schedule, _ flaw: String) -> String {
        var shrinker = Shrinker(schedule, flaw: flaw, patience: .seconds(10))
        shrinker.shrink()
        return """
            seed \(seed): \(flaw)
            the shortest failing schedule found: \(shrinker.flaw)
            \(shrinker.best)
            """
    }
}
