import DuplexLock
import DuplexPosix
import Testing

@Suite struct LockTests {
    private static let threadCount = 4
    private static let rounds = 20_000

    /// A count that only a lock keeps right.
    private final class Account: @unchecked Sendable {
        // Invariant for @unchecked Sendable: the vars are used only while `lock` is held.
        let lock = Lock()
        var balance = 0
        var isInside = false
        var overlaps = 0
    }

    @Test func `one thread at a time is inside, and no step is lost`() throws {
        let account = Account()
        try onThreads(Self.threadCount) { _ in
            for _ in 0..<Self.rounds {
                account.lock.withLock {
                    if account.isInside { account.overlaps += 1 }
                    account.isInside = true
                    account.balance += 1
                    account.isInside = false
                }
            }
        }
        #expect(account.balance == Self.threadCount * Self.rounds)
        #expect(account.overlaps == 0)
    }

    private struct Refusal: Error {}

    @Test func `withLock gives the result back, and the lock up when the body throws`() {
        let lock = Lock()
        #expect(lock.withLock { 7 } == 7)
        #expect(throws: Refusal.self) { try lock.withLock { throw Refusal() } }
        #expect(lock.withLock { 8 } == 8)
    }

    @Test func `several locks may be held at once and given up in any order`() {
        let (first, second) = (Lock(), Lock())
        first.lock()
        second.lock()
        first.assertHeld()
        second.assertHeld()
        first.unlock()
        second.assertHeld()
        second.unlock()
        HeldLocks.assertNone(before: "the end of the test")
    }

    @Test func `a lock says held to its owner and lets it go on`() {
        let lock = Lock()
        lock.withLock { lock.assertHeld() }
        HeldLocks.assertNone(before: "the end of the test")
    }
}
