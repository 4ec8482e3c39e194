import Glibc

/// Something that comes to pass once, and that another thread waits for.
final class Moment: @unchecked Sendable {
    // Invariant for @unchecked Sendable: the semaphore lives on the heap and is used only through its own calls.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func come() { sem_post(semaphore) }

    func wait() {
        while sem_wait(semaphore) != 0 {}
    }
}
