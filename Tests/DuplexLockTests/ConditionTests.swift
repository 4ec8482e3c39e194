import DuplexLock
import DuplexPosix
import Testing

@Suite struct ConditionTests {
    /// A number that threads take turns to raise.
    private final class Turns: @unchecked Sendable {
        // Invariant for @unchecked Sendable: `number` is used only while `lock` is held.
        let lock = Lock()
        let changed = Condition()
        var number = 0
    }

    @Test func `threads that wait for their turn all get it, thousands of times`() throws {
        let turns = Turns()
        let (threads, rounds) = (4, 3_000)
        try onThreads(threads) { mine in
            for _ in 0..<rounds {
                turns.lock.withLock {
                    while turns.number % threads != mine { turns.changed.wait(turns.lock) }
                    turns.lock.assertHeld()
                    turns.number += 1
                    turns.changed.broadcast()
                }
            }
        }
        #expect(turns.number == threads * rounds)
    }

    @Test func `signal wakes a waiting thread`() throws {
        let turns = Turns()
        try onThreads(2) { mine in
            for round in 0..<3_000 {
                turns.lock.withLock {
                    while turns.number != round * 2 + mine { turns.changed.wait(turns.lock) }
                    turns.number += 1
                }
                // Given after the lock: the other thread is the only one that waits.
                turns.changed.signal()
            }
        }
        #expect(turns.number == 6_000)
    }

    @Test func `a wait with a deadline ends at it, holding the lock, when nobody signals`() {
        let turns = Turns()
        let start = MonotonicTime.now
        let deadline = start.advanced(by: .milliseconds(60))
        turns.lock.lock()
        while turns.changed.wait(turns.lock, untilNanoseconds: deadline.nanoseconds) {}
        turns.lock.assertHeld()
        turns.lock.unlock()
        #expect(MonotonicTime.now.since(start) >= .milliseconds(60))
        HeldLocks.assertNone(before: "the end of the test")
    }

    @Test func `a deadline that has passed ends a wait at once`() {
        let turns = Turns()
        turns.lock.withLock {
            #expect(!turns.changed.wait(turns.lock, untilNanoseconds: 0))
            #expect(!turns.changed.wait(turns.lock, untilNanoseconds: MonotonicTime.now.nanoseconds))
        }
    }

    @Test func `a signal before the deadline ends a wait early`() throws {
        let turns = Turns()
        let deadline = MonotonicTime.now.advanced(by: .seconds(60))
        try onThreads(2) { mine in
            turns.lock.withLock {
                if mine == 0 {
                    turns.number = 1
                    turns.changed.broadcast()
                } else {
                    while turns.number == 0, turns.changed.wait(turns.lock, untilNanoseconds: deadline.nanoseconds) {}
                }
            }
        }
        #expect(turns.number == 1)
        #expect(MonotonicTime.now < deadline)
    }
}
