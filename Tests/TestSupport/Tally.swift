internal import Synchronization

/// A counter that threads share.
public final class Tally: Sendable {
    private let number = Atomic(0)

    public init() {}

    public var count: Int { number.load(ordering: .acquiring) }
    public func add(_ amount: Int = 1) { number.add(amount, ordering: .acquiringAndReleasing) }
}
