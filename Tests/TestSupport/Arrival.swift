internal import DuplexLock
internal import DuplexPosix

/// A value that one thread leaves and another waits for, with a deadline.
///
/// - Thread: any.
public final class Arrival<Value: Sendable>: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `value` is used only while `lock` is held.
    private let lock = Lock()
    private let changed = Condition()
    private var value: Value?

    public init() {}

    /// Leaves a value; the first one stays.
    public func leave(_ value: Value) {
        lock.withLock { if self.value == nil { self.value = value } }
        changed.broadcast()
    }

    public var hasCome: Bool { lock.withLock { value != nil } }

    /// Waits for the value. Nil when the deadline passed first.
    public func wait(within seconds: Int = 20) -> Value? {
        let deadline = MonotonicTime.now.advanced(by: .seconds(seconds))
        return lock.withLock {
            while value == nil {
                if !changed.wait(lock, untilNanoseconds: deadline.nanoseconds) { break }
            }
            return value
        }
    }
}

extension Arrival where Value == Bool {
    /// Leaves true: whoever waits goes on.
    public func open() { leave(true) }
}
