import Synchronization

/// A flag that one thread raises and others see.
final class Flag: Sendable {
    private let value = Atomic(false)

    var isRaised: Bool { value.load(ordering: .acquiring) }
    func raise() { value.store(true, ordering: .releasing) }
}

/// A number that threads add to.
final class Count: Sendable {
    private let value = Atomic(0)

    var number: Int { value.load(ordering: .acquiring) }
    func add() { value.add(1, ordering: .acquiringAndReleasing) }
}
