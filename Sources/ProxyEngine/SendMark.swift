internal import Synchronization

/// Says whether a thread is inside a send on a socket.
///
/// A socket's pending error is handed out once: when one thread's send takes it, the other thread's receive returns 0
/// as if FIN had come. The receiver settles it by waiting until no send is under way, and then asks what the sender
/// has recorded. The wait is short: on a socket that was reset, a send returns at once.
///
/// - Thread: `begin` and `end` by the one sender; `waitUntilIdle` by the one receiver.
final class SendMark: Sendable {
    private let isSending = Atomic(false)

    @inline(__always) func begin() { isSending.store(true, ordering: .sequentiallyConsistent) }
    @inline(__always) func end() { isSending.store(false, ordering: .releasing) }

    /// Returns when no send is under way. Called for a socket that has been closed by the kernel.
    func waitUntilIdle(pause: () -> Void) {
        while isSending.load(ordering: .acquiring) { pause() }
    }
}
