internal import DuplexPosix
internal import Synchronization

/// Whether threads may poll: while so few directions of connections move bytes that those that poll leave half of the
/// processors to everybody else.
///
/// - Thread: any.
final class PollPermission: Sendable {
    /// How long a poll lasts.
    let duration: Duration
    private let limit: Int
    private let moving = Atomic(0)
    private let isEnabled = Atomic(true)

    /// - Parameters:
    ///   - processors: which the process may run on, 1 or more. On a single one a lone connection may poll: whoever else
    ///     wants the processor comes first.
    ///   - quota: of how many processors it may use the time, if that is limited: a poll must not use up what the bytes
    ///     need.
    init(processors: Int, quota: Double? = nil, duration: Duration) {
        let pairs = quota.map { Int(min(Double(processors), $0)) / 2 } ?? max(1, processors / 2)
        limit = 2 * pairs
        self.duration = duration
    }

    /// False when the operator wants no polls.
    var isSet: Bool { isEnabled.load(ordering: .relaxed) }

    func set(_ isEnabled: Bool) { self.isEnabled.store(isEnabled, ordering: .relaxed) }

    var isGranted: Bool { isSet && movingDirections <= limit }

    /// How many directions of connections move bytes.
    var movingDirections: Int { moving.load(ordering: .relaxed) }

    /// Notes that a direction of a connection moves bytes from now on, and is told again by ``directionRests()``: when it
    /// has waited for the length of the patience, or ends.
    func directionMoves() { moving.add(1, ordering: .relaxed) }

    func directionRests() { moving.subtract(1, ordering: .relaxed) }

    /// Lets a direction that moves rest for as long as `wait` takes.
    func whileResting<Outcome>(_ wait: () -> Outcome) -> Outcome {
        directionRests()
        defer { directionMoves() }
        return wait()
    }

    /// Whether somebody else had the processor in a turn of a poll, 1 ms or longer: those who take part in a round trip
    /// want it for a few tens of microseconds, and a hypervisor takes it for some hundreds now and then; another program
    /// is given a slice of 2 to 4 ms by a thread that yields.
    func isCrowdedOut(from last: MonotonicTime, to now: MonotonicTime) -> Bool {
        now.since(last) / 5 > duration
    }
}

/// Whether a direction counts among those that move bytes: at first it does, and at its end it has to be told that it rests.
struct MovingMark {
    private let polls: PollPermission
    private var isSet = true

    init(_ polls: PollPermission) {
        self.polls = polls
        polls.directionMoves()
    }

    mutating func set(_ isMoving: Bool) {
        guard isMoving != isSet else { return }
        isSet = isMoving
        if isMoving { polls.directionMoves() } else { polls.directionRests() }
    }
}
