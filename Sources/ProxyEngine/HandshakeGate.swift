internal import DuplexLock
internal import DuplexPosix
internal import Synchronization

/// Bounds how many handshakes compute at the same time, so that a flood of new clients cannot take the processors from
/// the connections that move bytes.
///
/// A handshake is in the gate only while it computes, not while it waits for its client: clients that are slow on
/// purpose hold nobody up. Those that wait here have their deadline and hear the stop signal.
///
/// While more handshakes want to compute than have a place, and threads that move bytes lack a processor, handshakes
/// stand back: a place rests three times as long as its user had a processor, or seven times when that was not enough,
/// until they lack none. Who used it sleeps so long before it sends what it computed. See docs/decisions/0013.
///
/// - Thread: any.
final class HandshakeGate: @unchecked Sendable {
    // Invariant for @unchecked Sendable: what is `var` is used only while `lock` is held.
    private let lock = Lock()
    private let left = Condition()
    private let limit: Int
    private var entered = 0
    private var waiting = 0
    /// How many times as long as it was used a place rests, and when that is thought over.
    private var restFactor = 0
    private var nextThought = MonotonicTime(nanoseconds: 0)
    /// When the gate counts as crowded no longer, nanoseconds; zero when it never was.
    private let crowdedUntil = Atomic<UInt64>(0)
    /// Set by the threads that move bytes, and cleared with each thought.
    private let hasStarvedThread = Atomic(false)

    enum Outcome { case entered(Visit), timedOut, stopped }

    /// What is told again when leaving.
    struct Visit {
        let restFactor: Int
        /// The thread's processor time when it entered, if the place is to rest.
        fileprivate let usedBefore: Duration

        fileprivate init(restFactor: Int) {
            self.restFactor = restFactor
            usedBefore = restFactor > 0 ? Thread.processorTime : .zero
        }
    }

    /// How often the rest is thought over: less often than a thread that moves bytes looks.
    static let period = Duration.milliseconds(150)
    /// For how long a crowd counts as still there: longer than one that waits takes to look around.
    static let crowdMemory = Duration.milliseconds(500)
    /// The most that a place rests: so that handshakes use no more than an eighth of the processors, and can use that
    /// whoever else wants them.
    static let largestRestFactor = 7
    static let longestRest = Duration.milliseconds(50)

    /// - Parameter limit: how many may be inside, 1 or more.
    init(limit: Int) { self.limit = max(1, limit) }

    /// Whether more handshakes want to compute than may, or did a moment ago.
    var isCrowded: Bool {
        let until = crowdedUntil.load(ordering: .relaxed)
        return until > 0 && MonotonicTime.recent.nanoseconds < until
    }

    /// How many times as long as it was used a place rests now.
    var rest: Int { lock.withLock { restFactor } }

    /// Notes that a thread that moves bytes lacks a processor.
    func noteStarvedThread() { hasStarvedThread.store(true, ordering: .relaxed) }

    /// Waits for a place. After `entered`, the caller leaves by ``leave(_:)``.
    func enter(until deadline: MonotonicTime, stop: StopSignal) -> Outcome {
        lock.lock()
        defer { lock.unlock() }
        lookAround()
        while entered >= limit {
            if deadline <= .now { return .timedOut }
            if stop.isStopped { return .stopped }
            waiting += 1
            // The stop signal does not reach this wait; it is looked at as often as by a thread in a system call.
            let slice = min(deadline, MonotonicTime.now.advanced(by: EngineLimits.patience))
            _ = left.wait(lock, untilNanoseconds: slice.nanoseconds)
            waiting -= 1
            lookAround()
        }
        entered += 1
        return .entered(Visit(restFactor: restFactor))
    }

    /// Gives the place back, after its rest.
    ///
    /// - Thread: the one that entered.
    func leave(_ visit: Visit) {
        if visit.restFactor > 0 {
            Thread.pause(for: min((Thread.processorTime - visit.usedBefore) * visit.restFactor, Self.longestRest))
        }
        let isAwaited = lock.withLock {
            entered -= 1
            return waiting > 0
        }
        if isAwaited { left.signal() }
    }

    /// Notes whether there is a crowd, and thinks the rest over when it is time. The lock is held, and the caller is not
    /// among those that wait.
    private func lookAround() {
        let isCrowded = entered + waiting >= limit
        // Nobody reads a clock as long as there is no crowd and nothing rests.
        guard isCrowded || restFactor > 0 else { return }
        let now = MonotonicTime.now
        if crowdedUntil.load(ordering: .relaxed) < now.nanoseconds {
            // The last crowd has gone. What threads lacked beside it is nobody's business any more.
            restFactor = 0
            hasStarvedThread.store(false, ordering: .relaxed)
            nextThought = now.advanced(by: Self.period)
        }
        if isCrowded { crowdedUntil.store(now.advanced(by: Self.crowdMemory).nanoseconds, ordering: .relaxed) }
        guard now >= nextThought else { return }
        nextThought = now.advanced(by: Self.period)
        let isStarved = hasStarvedThread.exchange(false, ordering: .relaxed)
        restFactor = isStarved ? min(2 * restFactor + 3, Self.largestRestFactor) : restFactor / 2
    }
}
