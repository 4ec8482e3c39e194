internal import DuplexPosix
internal import DuplexTLS

/// Decides how the writer waits for a backend's next reply: asleep, or asking for it again and again for a moment, which
/// keeps its processor awake (busy polling).
///
/// Only in a conversation: what the backend sends is short, and the client has sent something before it. There both ways
/// are timed on the connection itself, and polling is kept for as long as it shortens the wait by an eighth. See
/// docs/decisions/0015.
struct BusyPoll {
    // Used by the writer's thread alone.

    /// How a wait begins.
    enum Way { case asleep, polling }

    /// The longest reply of a conversation, bytes. One that comes in two pieces counts as well.
    static let longestReply = RecordLayer.plaintextLimit
    private static let piecesOfReply = 2
    /// How many waits of each kind are compared, by their medians.
    static let sampleCount = 16
    /// For how many replies polling is kept before both ways are compared anew.
    static let term = 4096
    /// For how many replies nothing is tried after polling has not paid, first and at most; twice as many each time.
    static let shortestPause = 64
    static let longestPause = 65_536
    /// The most polls in vain among those that are compared.
    static let missesOfTrial = 2
    /// Replies that come asleep within so many times the limit of a poll are worth the trial.
    private static let reachOfTrial: UInt64 = 2
    /// Polls in vain weigh that much against those that found something; above the limit polling has ceased to pay.
    private static let weightOfMiss = 8
    private static let weightLimit = 32

    private enum Phase {
        /// Waits asleep, timed.
        case timingSleep
        /// Polls, timed.
        case timingPolls
        /// Polls, which has been found to pay.
        case polling
        /// Waits asleep; polling has been found not to pay.
        case pausing
    }

    /// Nanoseconds.
    private let limit: UInt64
    private var phase = Phase.timingSleep
    /// Replies until the phase ends; while one is timed, places of `samples` that are still free.
    private var left = sampleCount
    private var samples = InlineArray<16, UInt64>(repeating: 0)
    private var medianAsleep: UInt64 = 0
    private var misses = 0
    private var pause = shortestPause
    /// Bytes that the client had sent when the last reply came, and how many pieces of one have come since they changed.
    private var requested: UInt64 = 0
    private var pieces = piecesOfReply
    private var isConversation = false

    /// - Parameter limit: how long a poll lasts.
    init(limit: Duration) { self.limit = limit.wholeNanoseconds }

    /// How the next wait should begin.
    var way: Way {
        guard isConversation else { return .asleep }
        return phase == .timingPolls || phase == .polling ? .polling : .asleep
    }

    /// Whether the time of the next wait is asked for.
    var isTimed: Bool { isConversation && phase != .pausing }

    /// Notes a poll that found nothing in its time.
    mutating func missed() {
        switch phase {
        case .timingPolls:
            misses += 1
            if misses > Self.missesOfTrial { lose() }
        case .polling:
            misses += Self.weightOfMiss
            if misses > Self.weightLimit { lose() }
        case .timingSleep, .pausing: break
        }
    }

    /// Notes that nothing has come for so long that the thread waits elsewhere.
    mutating func fellSilent() { isConversation = false }

    /// Notes that a wait has ended with `count` bytes, 1 or more.
    ///
    /// - Parameters:
    ///   - time: how long it was, nanoseconds, if it began as ``way`` said and ``isTimed``.
    ///   - requested: bytes that the client has sent so far.
    mutating func received(_ count: Int, after time: UInt64?, requested: UInt64) {
        let isNew = requested != self.requested
        self.requested = requested
        pieces = isNew ? 1 : min(pieces + 1, Self.piecesOfReply + 1)
        let wasConversation = isConversation
        isConversation = count <= Self.longestReply && pieces <= Self.piecesOfReply
        // A second piece has not been waited for, nor what came without having been asked for.
        guard wasConversation, isConversation, isNew else { return }
        if phase == .pausing { return countPause() }
        if let time { note(time) }
    }

    private mutating func countPause() {
        left -= 1
        if left == 0 { begin(.timingSleep, for: Self.sampleCount) }
    }

    private mutating func note(_ time: UInt64) {
        left -= 1
        switch phase {
        case .timingSleep:
            samples[left] = time
            if left == 0 { compareSleep() }
        case .timingPolls:
            samples[left] = time
            if left == 0 { comparePolls() }
        case .polling:
            misses = max(0, misses - 1)
            if left == 0 { begin(.timingSleep, for: Self.sampleCount) }
        case .pausing: break
        }
    }

    /// Polls are tried where they can find what is waited for. Elsewhere the next replies are timed.
    private mutating func compareSleep() {
        medianAsleep = median
        let isTried = medianAsleep <= Self.reachOfTrial * limit
        begin(isTried ? .timingPolls : .timingSleep, for: Self.sampleCount)
    }

    private mutating func comparePolls() {
        guard median * 8 <= medianAsleep * 7 else { return lose() }
        pause = Self.shortestPause
        begin(.polling, for: Self.term)
    }

    private mutating func lose() {
        begin(.pausing, for: pause)
        pause = min(2 * pause, Self.longestPause)
    }

    private mutating func begin(_ phase: Phase, for count: Int) {
        self.phase = phase
        left = count
        misses = 0
    }

    private var median: UInt64 {
        let sorted = samples.indices.map { samples[$0] }.sorted()
        return sorted[sorted.count / 2]
    }
}
