internal import Synchronization

/// A flag that is set once.
final class OnceFlag: Sendable {
    private let isSet = Atomic(false)

    /// Sets the flag. Returns true the first time, and false after that, whichever thread asks.
    func set() -> Bool { !isSet.exchange(true, ordering: .acquiringAndReleasing) }
}
