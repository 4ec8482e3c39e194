internal import Synchronization

/// What the engine counts. Each number only grows, except `active`.
///
/// - Thread: any; relaxed, so a snapshot's numbers need not belong to one moment.
public final class Counters: Sendable {
    /// The counters at about one moment.
    public struct Snapshot: Sendable, Equatable {
        public var accepted: UInt64 = 0
        public var active: Int = 0
        public var refused: UInt64 = 0
        public var handshakes: UInt64 = 0
        public var resumptions: UInt64 = 0
        public var bytesToBackend: UInt64 = 0
        public var bytesToClient: UInt64 = 0
        public var ended: [CloseReason: UInt64] = [:]

        public init() {}
    }

    private let accepted = Atomic<UInt64>(0)
    private let active = Atomic<Int>(0)
    private let refused = Atomic<UInt64>(0)
    private let handshakes = Atomic<UInt64>(0)
    private let resumptions = Atomic<UInt64>(0)
    private let bytesToBackend = Atomic<UInt64>(0)
    private let bytesToClient = Atomic<UInt64>(0)
    private let ended: [ReasonCounter] = CloseReason.allCases.map { _ in ReasonCounter() }

    private final class ReasonCounter: Sendable {
        let count = Atomic<UInt64>(0)
    }

    public init() {}

    /// How many connections are open.
    public var activeConnections: Int { active.load(ordering: .relaxed) }

    public var snapshot: Snapshot {
        var snapshot = Snapshot()
        snapshot.accepted = accepted.load(ordering: .relaxed)
        snapshot.active = active.load(ordering: .relaxed)
        snapshot.refused = refused.load(ordering: .relaxed)
        snapshot.handshakes = handshakes.load(ordering: .relaxed)
        snapshot.resumptions = resumptions.load(ordering: .relaxed)
        snapshot.bytesToBackend = bytesToBackend.load(ordering: .relaxed)
        snapshot.bytesToClient = bytesToClient.load(ordering: .relaxed)
        for (reason, counter) in zip(CloseReason.allCases, ended) {
            let count = counter.count.load(ordering: .relaxed)
            if count > 0 { snapshot.ended[reason] = count }
        }
        return snapshot
    }

    /// Counts a connection in unless `limit` are open.
    func admit(limit: Int) -> Bool {
        guard active.add(1, ordering: .relaxed).newValue <= limit else {
            active.subtract(1, ordering: .relaxed)
            return false
        }
        accepted.add(1, ordering: .relaxed)
        return true
    }

    /// Takes an admission back: the connection could not begin.
    func withdraw() {
        accepted.subtract(1, ordering: .relaxed)
        active.subtract(1, ordering: .relaxed)
    }

    func countRefusal() { refused.add(1, ordering: .relaxed) }

    func countHandshake(isResumed: Bool) {
        handshakes.add(1, ordering: .relaxed)
        if isResumed { resumptions.add(1, ordering: .relaxed) }
    }

    func countEnd(_ reason: CloseReason, toBackend: UInt64, toClient: UInt64) {
        bytesToBackend.add(toBackend, ordering: .relaxed)
        bytesToClient.add(toClient, ordering: .relaxed)
        if let index = CloseReason.allCases.firstIndex(of: reason) { ended[index].count.add(1, ordering: .relaxed) }
        active.subtract(1, ordering: .relaxed)
    }
}
