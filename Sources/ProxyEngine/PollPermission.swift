internal import DuplexPosix
internal import Synchronization

/// Whether threads may poll: while so few directions of connections move bytes that those that poll leave half of the
/// processors to everybody else.
///
/// - Thread: any.
final class PollPermission: Sendable {
    /// How long a poll lasts.
    let duration: Duration
    private let nanoseconds: UInt64
    private let limit: Int
    private let moving = Atomic(0)
    private let isEnabled = Atomic(true)

    /// - Parameters:
    ///   - processors: which the process may run on, 1 or more.
    ///   - quota: of how many processors it may use the time, if that is limited: a poll must not use up what the bytes
    ///     need.
    init(processors: Int, quota: Double? = nil, duration: Duration) {
        let pairs = quota.map { min(processors, Int($0)) / 2 } ?? max(1, processors / 2)
        limit = 2 * pairs
        self.duration = duration
        nanoseconds = duration.wholeNanoseconds
    }

    /// When a poll that begins at `start` ends.
    func end(of start: MonotonicTime) -> MonotonicTime { MonotonicTime(nanoseconds: start.nanoseconds &+ nanoseconds) }

    /// False when the operator wants no polls.
    var isSet: Bool { isEnabled.load(ordering: .relaxed) }

    func set(_ isEnabled: Bool) { self.isEnabled.store(isEnabled, ordering: .relaxed) }

    var isGranted: Bool { isSet && movingDirections <= limit }

    /// How many directions of connections move bytes.
    var movingDirections: Int { moving.load(ordering: .relaxed) }

    /// Notes that a direction of a connection moves bytes from now on, and is told again by ``directionRests()``: when it
    /// has been silent for the length of the patience, or ends.
    func directionMoves() { moving.add(1, ordering: .relaxed) }

    func directionRests() { moving.subtract(1, ordering: .relaxed) }
}
