internal import DuplexPosix
internal import DuplexTLS

/// Decides how the writer waits for a backend's next reply: asleep, or asking for it again and again for a moment, which
/// keeps its processor awake (busy polling).
///
/// Only in a conversation: what the backend sends is short, and the client has sent something before it. There both ways
/// are timed on the connection itself, and polling is kept for as long as it shortens the wait, and nobody else wants the
/// processor. See docs/decisions/0015.
struct BusyPoll {
    // Used by the writer's thread alone.

    /// How a wait begins.
    enum Way { case asleep, polling }

    /// The longest reply of a conversation, bytes. One that comes in two pieces counts as well.
    static let longestReply = RecordLayer.plaintextLimit
    private static let piecesOfReply = 2
    /// How many waits of each kind are compared.
    static let sampleCount = Samples(repeating: 0).count
    /// Nanoseconds, at most what there is room for: 4 s.
    private typealias Samples = InlineArray<16, UInt32>
    /// Polling pays when the median of its waits is shorter by an eighth, and when of all pairs of one wait of each kind at
    /// most so many have the polled one no shorter: of two samples of the same kind one in a hundred is like that
    /// (Mann and Whitney's U, 16 and 16, one-sided).
    private static let mostInversions = 66
    /// For how many replies polling is kept before both ways are compared anew.
    static let term = 4096
    /// For how many replies nothing is tried after polling has not paid, first and at most; twice as many each time, and
    /// half as many after a whole term.
    static let shortestPause = 64
    static let longestPause = 65_536
    /// The most polls in vain among those that are compared.
    static let missesOfTrial = 2
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
    /// Replies until the phase ends; while one is timed, places of its samples that are still free.
    private var left = sampleCount
    private var asleep = Samples(repeating: 0)
    private var polled = Samples(repeating: 0)
    private var misses = 0
    private var pause = shortestPause
    /// The number of the request that was sent last when the last piece of a reply came, and how many pieces came behind it.
    private var request: UInt64 = 0
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

    /// Notes a poll during which somebody else had the processor for long.
    mutating func wasCrowdedOut() {
        if phase == .timingPolls || phase == .polling { lose() }
    }

    /// Notes that nothing has come for so long that the thread waits elsewhere.
    mutating func fellSilent() { isConversation = false }

    /// Notes that a wait has ended with `count` bytes, 1 or more.
    ///
    /// - Parameters:
    ///   - time: how long it was, nanoseconds, if it began as ``way`` said and ``isTimed``.
    ///   - request: the number of the request that the reader has sent, or begun to send, last.
    mutating func received(_ count: Int, after time: UInt64?, request: UInt64) {
        let isNew = request != self.request
        self.request = request
        pieces = isNew ? 1 : min(pieces + 1, Self.piecesOfReply + 1)
        let wasConversation = isConversation
        isConversation = count <= Self.longestReply && pieces <= Self.piecesOfReply
        // A second piece has not been waited for, nor what came without having been asked for.
        guard wasConversation, isConversation, isNew else { return }
        if phase == .pausing { return countPause() }
        if let time { note(UInt32(clamping: time)) }
    }

    private mutating func countPause() {
        left -= 1
        if left == 0 { begin(.timingSleep, for: Self.sampleCount) }
    }

    private mutating func note(_ time: UInt32) {
        left -= 1
        switch phase {
        case .timingSleep:
            asleep[left] = time
            if left == 0 { begin(isWorthTrial ? .timingPolls : .timingSleep, for: Self.sampleCount) }
        case .timingPolls:
            polled[left] = time
            if left == 0 { if hasPaid { begin(.polling, for: Self.term) } else { lose() } }
        case .polling:
            misses = max(0, misses - 1)
            if left == 0 {
                pause = max(pause / 2, Self.shortestPause)
                begin(.timingSleep, for: Self.sampleCount)
            }
        case .pausing: break
        }
    }

    /// Polls are tried where they can find what is waited for, half of whose wait asleep is perhaps that of waking up.
    private var isWorthTrial: Bool { UInt64(Self.median(asleep)) / 2 <= limit }

    private var hasPaid: Bool {
        guard UInt64(Self.median(polled)) * 8 <= UInt64(Self.median(asleep)) * 7 else { return false }
        var inversions = 0
        for index in polled.indices {
            for other in asleep.indices where polled[index] >= asleep[other] { inversions += 1 }
        }
        return inversions <= Self.mostInversions
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

    private static func median(_ samples: Samples) -> UInt32 {
        let sorted = samples.indices.map { samples[$0] }.sorted()
        return sorted[sorted.count / 2]
    }
}
