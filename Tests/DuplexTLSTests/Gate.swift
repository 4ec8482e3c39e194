import DuplexLock
import DuplexPosix

/// A door that one thread opens and others wait at, no longer than a deadline.
final class Gate: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `isOpen` is used only while `lock` is held.
    private let lock = Lock()
    private let opened = Condition()
    private var isOpen = false

    func open() {
        lock.withLock { isOpen = true }
        opened.broadcast()
    }

    /// Waits until the gate is open. Returns false when it stayed shut.
    @discardableResult
    func wait(seconds: Int = 30) -> Bool {
        let deadline = MonotonicTime.now.advanced(by: .seconds(seconds))
        return lock.withLock {
            while !isOpen {
                if !opened.wait(lock, untilNanoseconds: deadline.nanoseconds) { return isOpen }
            }
            return true
        }
    }
}
