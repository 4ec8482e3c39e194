import DuplexLock
import DuplexPosix
import TestSupport
import Testing

@testable import DuplexDaemon

@Suite("Repeated events")
struct EventThrottleTests {
    private final class Summaries: @unchecked Sendable {
        // Invariant for @unchecked Sendable: `all` is used only while `lock` is held.
        private let lock = Lock()
        private var all: [String: [Int]] = [:]

        func add(_ kind: String, _ count: Int) { lock.withLock { all[kind, default: []].append(count) } }
        func of(_ kind: String) -> [Int] { lock.withLock { all[kind] ?? [] } }
    }

    @Test("The first event goes through at once, the others come as one number when the window ends")
    func summary() {
        let summaries = Summaries()
        let throttle = EventThrottle<String>(window: .milliseconds(300)) { summaries.add($0, $1) }
        #expect(throttle.admits("a"))
        #expect(throttle.admits("b"))
        let others = (0..<50).map { _ in throttle.admits("a") }
        #expect(!others.contains(true))
        #expect(summaries.of("a").isEmpty)
        #expect(Eventually.holds { summaries.of("a") == [50] })
        #expect(summaries.of("b").isEmpty)
    }

    @Test("A summary opens a window of its own, and after a quiet one an event goes through at once")
    func windows() {
        let summaries = Summaries()
        let throttle = EventThrottle<String>(window: .milliseconds(200)) { summaries.add($0, $1) }
        _ = throttle.admits("a")
        _ = throttle.admits("a")
        #expect(Eventually.holds { summaries.of("a") == [1] })
        #expect(!throttle.admits("a"))
        #expect(Eventually.holds { summaries.of("a") == [1, 1] })
        let quiet = MonotonicTime.now.advanced(by: .milliseconds(250))
        #expect(Eventually.holds { MonotonicTime.now > quiet })
        #expect(throttle.admits("a"))
    }

    @Test("What was counted is told at the end")
    func flush() {
        let summaries = Summaries()
        let throttle = EventThrottle<String>(window: .seconds(600)) { summaries.add($0, $1) }
        for _ in 0..<4 { _ = throttle.admits("a") }
        throttle.flush()
        #expect(summaries.of("a") == [3])
    }
}
