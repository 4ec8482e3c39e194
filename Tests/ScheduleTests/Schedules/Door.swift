internal import DuplexLock
internal import DuplexPosix

/// A door that one thread opens and another waits at, no longer than a deadline.
final class Door: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `isOpen` is used only while `lock` is held.
    private let lock = Lock()
    private let opened = Condition()
    private var isOpen = false

    func open() {
        lock.withLock { isOpen = true }
        opened.broadcast()
    }

    /// Waits until the door is open or `patience` is over. Returns whether it is open.
    @discardableResult
    func wait(_ patience: Duration) -> Bool {
        let deadline = MonotonicTime.now.advanced(by: patience)
        return lock.withLock {
            while !isOpen {
                if !opened.wait(lock, untilNanoseconds: deadline.nanoseconds) { return isOpen }
            }
            return true
        }
    }
}
