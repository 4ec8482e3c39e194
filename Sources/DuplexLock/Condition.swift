internal import Glibc

/// A condition variable that waits on a ``Lock``, measuring time on the monotonic clock.
///
/// - Thread: any; `wait` only by the lock's owner.
public final class Condition: @unchecked Sendable {
    // Invariant for @unchecked Sendable: as for Lock; `condition` lives on the heap and never moves.
    private let condition: UnsafeMutablePointer<pthread_cond_t>

    public init() {
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        let status = pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
        precondition(status == 0, "pthread_cond_init: errno \(status)")
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deallocate()
    }

    /// Gives `lock` up, waits for a signal, takes `lock` again. May return without a signal: re-check the condition.
    public func wait(_ lock: Lock) {
        HeldLocks.assertNone(before: "Condition.wait", allowed: 1)
        beginWait(lock)
        pthread_cond_wait(condition, lock.mutex)
        endWait(lock)
    }

    /// As ``wait(_:)``, but no longer than until `deadline`.
    ///
    /// - Parameter deadline: nanoseconds on CLOCK_MONOTONIC.
    /// - Returns: false when the deadline passed.
    public func wait(_ lock: Lock, untilNanoseconds deadline: UInt64) -> Bool {
        HeldLocks.assertNone(before: "Condition.wait", allowed: 1)
        var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
        beginWait(lock)
        let status = pthread_cond_timedwait(condition, lock.mutex, &time)
        endWait(lock)
        return status != ETIMEDOUT
    }

    /// Wakes one waiting thread. The lock may be held or not.
    public func signal() { pthread_cond_signal(condition) }

    /// Wakes every waiting thread. The lock may be held or not.
    public func broadcast() { pthread_cond_broadcast(condition) }

    private func beginWait(_ lock: Lock) {
        #if DEBUG
        lock.assertHeld()
        lock.owner.clear()
        HeldLocks.decrement()
        #endif
    }

    private func endWait(_ lock: Lock) {
        #if DEBUG
        lock.owner.take()
        HeldLocks.increment()
        #endif
    }
}
