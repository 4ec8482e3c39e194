internal import DuplexLock
internal import DuplexPosix

/// Bounds how many handshakes compute at the same time, so that a flood of new clients cannot take the processors from
/// the connections that move bytes.
///
/// A handshake is in the gate only while it computes, not while it waits for its client: clients that are slow on
/// purpose hold nobody up. Those that wait here have their deadline and hear the stop signal.
///
/// - Thread: any.
final class HandshakeGate: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `entered` and `waiting` are used only while `lock` is held.
    private let lock = Lock()
    private let left = Condition()
    private let limit: Int
    private var entered = 0
    private var waiting = 0

    enum Outcome { case entered, timedOut, stopped }

    /// - Parameter limit: how many may be inside, 1 or more.
    init(limit: Int) { self.limit = max(1, limit) }

    /// Waits for a place. After `entered`, the caller leaves by ``leave()``.
    func enter(until deadline: MonotonicTime, stop: StopSignal) -> Outcome {
        lock.lock()
        defer { lock.unlock() }
        while entered >= limit {
            if deadline <= .now { return .timedOut }
            if stop.isStopped { return .stopped }
            waiting += 1
            // The stop signal does not reach this wait; it is looked at as often as by a thread in a system call.
            let slice = min(deadline, MonotonicTime.now.advanced(by: EngineLimits.patience))
            _ = left.wait(lock, untilNanoseconds: slice.nanoseconds)
            waiting -= 1
        }
        entered += 1
        return .entered
    }

    func leave() {
        let isAwaited = lock.withLock {
            entered -= 1
            return waiting > 0
        }
        if isAwaited { left.signal() }
    }
}
