internal import DuplexPosix

/// Whether a thread that moves bytes gets a processor when it wants one. Looks while handshakes crowd the gate, and only
/// then.
///
/// - Thread: one at a time, which forgets what another one has left.
final class StarvationWatch: @unchecked Sendable {
    // Invariant for @unchecked Sendable: the one thread whose work is watched uses it, or its successor in that work.

    /// The least time that is looked at, and the longest: a thread that moved nothing for longer wanted no processor.
    static let window = Duration.milliseconds(100)
    static let longestWindow = Duration.milliseconds(500)
    /// A thread that moves fewer bytes in that time is not asked: less than a batch.
    static let leastBytes = 64 * 1024

    private var start: MonotonicTime?
    private var bytes = 0
    /// What the kernel told when the window began; nil when it was not asked then.
    private var share: (ran: Duration, waited: Duration)?

    /// Whether a thread that ran and waited so long lacks a processor: it had none for half as long as it had one, and
    /// for an eighth of the time. A thread beside which no other wants the processors waits for less than a quarter of
    /// the time that it runs, and one that has little to do for little of the time, whatever it waits at each turn.
    static func isStarved(elapsed: Duration, ran: Duration, waited: Duration) -> Bool {
        waited > .zero && waited * 2 >= ran && waited * 8 >= elapsed
    }

    /// Counts what was moved, and tells the gate when a time ends in which the calling thread lacked a processor.
    @inline(never)
    func moved(_ count: Int, beside gate: HandshakeGate) {
        guard gate.isCrowded else {
            forget()
            return
        }
        bytes += count
        let now = MonotonicTime.recent
        guard let start else { return begin(at: now, with: nil) }
        let elapsed = now.since(start)
        guard elapsed >= Self.window else { return }
        let isAsked = bytes >= Self.leastBytes && elapsed <= Self.longestWindow
        let before = share
        begin(at: now, with: isAsked ? Thread.processorShare : nil)
        guard let before, let after = share else { return }
        if Self.isStarved(elapsed: elapsed, ran: after.ran - before.ran, waited: after.waited - before.waited) {
            gate.noteStarvedThread()
        }
    }

    /// Begins anew, as on another thread.
    func forget() { start = nil }

    private func begin(at time: MonotonicTime, with share: (ran: Duration, waited: Duration)?) {
        start = time
        bytes = 0
        self.share = share
    }
}
