import Glibc

/// A value that one thread settles once and another waits for.
final class Settled<Value: Sendable>: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `value` is used only while `mutex` is held; both pointers never change.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let isSettled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value?

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(isSettled, nil)
    }

    deinit {
        pthread_cond_destroy(isSettled)
        pthread_mutex_destroy(mutex)
        isSettled.deallocate()
        mutex.deallocate()
    }

    /// The value so far, without waiting.
    var current: Value? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return value
    }

    func settle(_ value: Value) {
        pthread_mutex_lock(mutex)
        self.value = value
        pthread_mutex_unlock(mutex)
        pthread_cond_broadcast(isSettled)
    }

    func wait() -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let value { return value }
            pthread_cond_wait(isSettled, mutex)
        }
    }
}
