internal import DuplexLock

/// Carries a value that has one owner into another thread: a closure that escapes cannot consume what it captured.
final class HandOver<Value: ~Copyable>: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `value` is used only while `lock` is held; whoever takes it owns it alone.
    private let lock = Lock()
    private var value: Value?

    init(_ value: consuming Value) { self.value = consume value }

    /// The value, once.
    func take() -> Value {
        lock.lock()
        defer { lock.unlock() }
        guard let taken = value.take() else { preconditionFailure("a value was taken twice") }
        return taken
    }
}
