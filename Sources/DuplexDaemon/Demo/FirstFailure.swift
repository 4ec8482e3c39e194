internal import DuplexLock

/// The first of several threads' failures.
final class FirstFailure: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `error` is used only while `lock` is held.
    private let lock = Lock()
    private var error: (any Error)?

    /// Keeps `error` if it is the first.
    func note(_ error: any Error) { lock.withLock { if self.error == nil { self.error = error } } }

    var first: (any Error)? { lock.withLock { error } }
}
