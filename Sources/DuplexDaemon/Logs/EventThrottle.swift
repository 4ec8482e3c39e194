internal import DuplexLock
internal import DuplexPosix

/// Lets the first event of a kind through at once, and after that one summary a window with the number of others.
///
/// A flood of refused clients thus costs a line every ten seconds, and no event goes unmentioned.
///
/// - Thread: any; summaries come on a thread of their own, which lives only while one is due.
final class EventThrottle<Kind: Hashable & Sendable>: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `windows` and `isSummaryDue` are used only while `lock` is held.
    private let lock = Lock()
    private var windows: [Kind: Window] = [:]
    private var isSummaryDue = false
    private let length: Duration
    private let summary: @Sendable (Kind, Int) -> Void
    private let pause = StopSignal()

    private struct Window {
        var end: MonotonicTime
        var suppressed = 0
    }

    /// - Parameters:
    ///   - window: how long after a line of a kind others of it are only counted.
    ///   - summary: is told of each window in which events were counted.
    init(window: Duration = .seconds(10), summary: @escaping @Sendable (Kind, Int) -> Void) {
        length = window
        self.summary = summary
    }

    /// Whether this event is to be written; if not, it has been counted.
    func admits(_ kind: Kind) -> Bool {
        let (isAdmitted, startsSummary) = lock.withLock {
            guard var window = windows[kind], window.suppressed > 0 || MonotonicTime.now < window.end else {
                windows[kind] = Window(end: .now.advanced(by: length))
                return (true, false)
            }
            window.suppressed += 1
            windows[kind] = window
            defer { isSummaryDue = true }
            return (false, !isSummaryDue)
        }
        if startsSummary { startSummaries() }
        return isAdmitted
    }

    /// Reports what was counted so far, for the end of the process.
    func flush() {
        let counted = lock.withLock {
            defer { windows = [:] }
            return windows.filter { $0.value.suppressed > 0 }
        }
        for (kind, window) in counted { summary(kind, window.suppressed) }
    }

    private func startSummaries() {
        do {
            try Thread(name: "log-summary", stackSize: 256 * 1024) { self.summarise() }.detach()
        } catch {
            // No thread to be had: the next event tries again.
            lock.withLock { isSummaryDue = false }
        }
    }

    private func summarise() {
        while let end = nextEnd() {
            let now = MonotonicTime.now
            if now < end { _ = pause.wait(for: end.since(now)) }
            for (kind, count) in takeEnded() { summary(kind, count) }
        }
    }

    /// When the next window with something to report ends; nil, and no summary is due any more, when there is none.
    private func nextEnd() -> MonotonicTime? {
        lock.withLock {
            let end = windows.values.filter { $0.suppressed > 0 }.map(\.end).min()
            if end == nil { isSummaryDue = false }
            return end
        }
    }

    private func takeEnded() -> [(Kind, Int)] {
        lock.withLock {
            let now = MonotonicTime.now
            let ended = windows.filter { $0.value.suppressed > 0 && $0.value.end <= now }
            for kind in ended.keys { windows[kind] = Window(end: now.advanced(by: length)) }
            return ended.map { ($0.key, $0.value.suppressed) }
        }
    }
}
