import DuplexLock
import DuplexPosix
import Synchronization
import Testing

@Suite struct SemaphoreTests {
    @Test func `two threads take turns, thousands of times`() throws {
        let turns = [Semaphore(), Semaphore()]
        // Only the thread whose turn it is touches the number.
        nonisolated(unsafe) var number = 0
        turns[0].signal()
        try onThreads(2) { mine in
            for round in 0..<3_000 {
                turns[mine].wait()
                if number == 2 * round + mine { number += 1 }
                turns[1 - mine].signal()
            }
        }
        #expect(number == 6_000)
    }

    @Test func `a signal that came before the wait is not lost, and ends one wait`() {
        let semaphore = Semaphore()
        semaphore.signal()
        semaphore.signal()
        semaphore.wait()
        #expect(semaphore.wait(untilNanoseconds: 0))
        #expect(!semaphore.wait(untilNanoseconds: 0))
    }

    @Test func `each signal ends one wait of many`() throws {
        let semaphore = Semaphore()
        let ended = Atomic(0)
        try onThreads(5) { mine in
            if mine == 0 {
                for _ in 0..<4 * 500 { semaphore.signal() }
            } else {
                for _ in 0..<500 {
                    semaphore.wait()
                    ended.add(1, ordering: .relaxed)
                }
            }
        }
        #expect(ended.load(ordering: .relaxed) == 2_000)
        #expect(!semaphore.wait(untilNanoseconds: 0))
    }

    @Test func `a wait with a deadline ends at it when nobody signals`() {
        let start = MonotonicTime.now
        let deadline = start.advanced(by: .milliseconds(60))
        #expect(!Semaphore().wait(untilNanoseconds: deadline.nanoseconds))
        #expect(MonotonicTime.now.since(start) >= .milliseconds(60))
    }

    @Test func `a signal before the deadline ends a wait early`() throws {
        let semaphore = Semaphore()
        let deadline = MonotonicTime.now.advanced(by: .seconds(60))
        let isSignalled = Atomic(false)
        try onThreads(2) { mine in
            if mine == 0 {
                semaphore.signal()
            } else {
                isSignalled.store(semaphore.wait(untilNanoseconds: deadline.nanoseconds), ordering: .relaxed)
            }
        }
        let wasSignalled = isSignalled.load(ordering: .relaxed)
        #expect(wasSignalled)
        #expect(MonotonicTime.now < deadline)
    }
}
