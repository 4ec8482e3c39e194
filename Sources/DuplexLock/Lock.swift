internal import Glibc

/// A mutual-exclusion lock over `pthread_mutex_t`, on the heap, so that it never moves.
///
/// A pthread mutex and not `Synchronization.Mutex`: ThreadSanitizer follows pthread mutexes, so the race detector can
/// vouch for what the lock guards, and a condition variable can wait on it (see ``Condition``).
///
/// In debug builds a lock knows its owner: ``assertHeld()`` stops the program when the calling thread does not hold
/// it, and ``HeldLocks`` lets every blocking call assert that the caller holds none.
///
/// With `DUPLEX_LOCK_REMOVED` defined, in a release build, it excludes nobody: scripts/check-detectors shows with it
/// that the race detectors see what the lock guards.
///
/// - Thread: any. Not recursive: a second `lock()` by the owner stops a debug build and deadlocks a release build.
public final class Lock: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `mutex` is initialised once, lives on the heap as long as the object, and is
    // used only through the pthread calls, which are safe from every thread.
    let mutex: UnsafeMutablePointer<pthread_mutex_t>

    #if DEBUG
    /// The thread that holds the lock, or 0. Written by the owner alone, while it holds the lock.
    let owner = LockOwner()
    #endif

    public init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        let status = pthread_mutex_init(mutex, nil)
        precondition(status == 0, "pthread_mutex_init: errno \(status)")
    }

    deinit {
        let status = pthread_mutex_destroy(mutex)
        assert(status == 0, "a lock was destroyed while a thread held it")
        mutex.deallocate()
    }

    /// Takes the lock; waits while another thread holds it.
    @inline(__always)
    public func lock() {
        #if DEBUG
        precondition(!owner.isCurrentThread, "lock() by the thread that already holds this lock")
        #endif
        #if !DUPLEX_LOCK_REMOVED
        pthread_mutex_lock(mutex)
        #endif
        #if DEBUG
        owner.take()
        HeldLocks.increment()
        #endif
    }

    /// Gives the lock up. Only its owner may call this.
    @inline(__always)
    public func unlock() {
        #if DEBUG
        precondition(owner.isCurrentThread, "unlock() by a thread that does not hold this lock")
        HeldLocks.decrement()
        owner.clear()
        #endif
        #if !DUPLEX_LOCK_REMOVED
        pthread_mutex_unlock(mutex)
        #endif
    }

    /// Runs `body` while holding the lock.
    @inline(__always)
    public func withLock<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        lock()
        defer { unlock() }
        return try body()
    }

    /// Stops a debug build unless the calling thread holds the lock. Free in release builds.
    @inline(__always)
    public func assertHeld() {
        #if DEBUG
        precondition(owner.isCurrentThread, "this state is guarded by a lock that the calling thread does not hold")
        #endif
    }
}
