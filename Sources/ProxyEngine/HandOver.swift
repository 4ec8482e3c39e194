internal import DuplexLock
internal import DuplexTLS

/// Carries the writing half into its thread: a closure that escapes cannot consume what it captured.
final class HandOver: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `half` is used only while `lock` is held.
    private let lock = Lock()
    private var half: WriteHalf?

    init(_ half: consuming WriteHalf) { self.half = consume half }

    /// The half, once.
    func take() -> WriteHalf {
        lock.lock()
        defer { lock.unlock() }
        guard let taken = half.take() else { preconditionFailure("the writing half was taken twice") }
        return taken
    }
}
