internal import DuplexLock

/// A listener and the end of its thread.
final class OpenListener: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `hasEnded` is used only while `lock` is held.
    let listener: Listener
    private let lock = Lock()
    private let ended = Condition()
    private var hasEnded = false

    init(_ listener: Listener) { self.listener = listener }

    /// The thread's body.
    func run() {
        listener.run()
        lock.withLock { hasEnded = true }
        ended.broadcast()
    }

    /// Waits until the thread no longer uses the listener.
    func waitForEnd() {
        lock.lock()
        while !hasEnded { ended.wait(lock) }
        lock.unlock()
    }
}
