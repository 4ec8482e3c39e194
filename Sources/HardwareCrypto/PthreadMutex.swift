#if HardwareCrypto
import Glibc

/// A mutex that ThreadSanitizer can see, which it cannot with `Synchronization.Mutex`.
///
/// `@unchecked Sendable`: the pthread mutex lies on the heap, where it never moves.
struct PthreadMutex: ~Copyable, @unchecked Sendable {
    private let storage: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        storage = .allocate(capacity: 1)
        storage.initialize(to: pthread_mutex_t())
        let status = pthread_mutex_init(storage, nil)
        precondition(status == 0, "pthread_mutex_init with default attributes cannot fail on Linux")
    }

    deinit {
        pthread_mutex_destroy(storage)
        storage.deallocate()
    }

    borrowing func withLock<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(storage)
        defer { pthread_mutex_unlock(storage) }
        return body()
    }
}
#endif
