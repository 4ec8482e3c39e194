internal import CLinux
internal import Glibc

/// Wakes a thread that waits, without a lock: a signal that comes before the wait is not lost.
///
/// Cheaper than a ``Condition`` where one thread waits for one event: the thread that wakes up takes no lock, and so
/// never finds the one held that woke it.
///
/// - Thread: any. What a thread did before `signal` is seen by the one that returns from `wait`.
public final class Semaphore: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `semaphore` is initialised once, lives on the heap as long as the object, and
    // is used only through the sem_ calls, which are safe from every thread.
    private let semaphore: UnsafeMutablePointer<sem_t>

    public init() {
        semaphore = .allocate(capacity: 1)
        semaphore.initialize(to: sem_t())
        let status = sem_init(semaphore, 0, 0)
        precondition(status == 0, "sem_init: errno \(errno)")
    }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    /// Takes a signal; waits until there is one.
    public func wait() {
        HeldLocks.assertNone(before: "Semaphore.wait")
        while sem_wait(semaphore) != 0 { precondition(errno == EINTR, "sem_wait: errno \(errno)") }
    }

    /// As ``wait()``, but no longer than until `deadline`.
    ///
    /// - Parameter deadline: nanoseconds on CLOCK_MONOTONIC.
    /// - Returns: false when the deadline passed without a signal.
    public func wait(untilNanoseconds deadline: UInt64) -> Bool {
        HeldLocks.assertNone(before: "Semaphore.wait")
        while linux_semaphore_wait(semaphore, deadline) != 0 {
            if errno == ETIMEDOUT { return false }
            precondition(errno == EINTR, "sem_clockwait: errno \(errno)")
        }
        return true
    }

    /// Lets one wait end, now or in the future.
    public func signal() {
        let status = sem_post(semaphore)
        precondition(status == 0, "sem_post: errno \(errno)")
    }
}
