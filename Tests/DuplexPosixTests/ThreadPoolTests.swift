import DuplexPosix
import Glibc
import Synchronization
import Testing

@Suite struct ThreadPoolTests {
    private static let stackSize = 1 << 18

    /// Asks `condition` for 20 s until it holds.
    private func holds(_ condition: () -> Bool) -> Bool {
        let start = MonotonicTime.now
        while !condition() {
            if MonotonicTime.now.since(start) > .seconds(20) { return false }
            Thread.yield()
        }
        return true
    }

    /// Remembers the thread that passed it.
    private final class Passage: Sendable {
        private let number = Atomic(0)

        /// Notes the calling thread. /proc/thread-self leads to PID/task/TID.
        func pass() {
            var path = [CChar](repeating: 0, count: 64)
            let count = readlink("/proc/thread-self", &path, path.count)
            let text = String(decoding: path.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            number.store(text.split(separator: "/").last.flatMap { Int($0) } ?? -1, ordering: .releasing)
        }

        /// The thread's number; 0 before.
        var task: Int { number.load(ordering: .acquiring) }

        /// The thread's name now; nil when it has ended.
        var name: String? {
            let file = open("/proc/self/task/\(task)/comm", O_RDONLY)
            guard file >= 0 else { return nil }
            defer { close(file) }
            var buffer = [UInt8](repeating: 0, count: 32)
            let count = read(file, &buffer, buffer.count)
            // The kernel ends the name with a line feed.
            return String(decoding: buffer.prefix(max(count - 1, 0)), as: UTF8.self)
        }
    }

    @Test func `the next work runs on the thread that has just ended one`() throws {
        let pool = ThreadPool(stackSize: Self.stackSize)
        defer { pool.close() }
        let first = Passage()
        let second = Passage()
        try pool.run(name: "one") { first.pass() }
        #expect(holds { first.task != 0 && first.name == ThreadPool.spareName })
        try pool.run(name: "two") { second.pass() }
        #expect(holds { second.task != 0 })
        #expect(first.task == second.task)
    }

    @Test func `work that comes at the same time has threads of its own`() throws {
        let pool = ThreadPool(stackSize: Self.stackSize)
        defer { pool.close() }
        let started = Count()
        let mayEnd = Flag()
        for number in 0..<8 {
            try pool.run(name: "busy-\(number)") {
                started.add()
                while !mayEnd.isRaised { Thread.yield() }
            }
        }
        #expect(holds { started.number == 8 })
        mayEnd.raise()
    }

    @Test func `a thread bears the name of its work, and another one while it waits`() throws {
        let pool = ThreadPool(stackSize: Self.stackSize)
        defer { pool.close() }
        let thread = Passage()
        let mayEnd = Flag()
        try pool.run(name: "named-work") {
            thread.pass()
            while !mayEnd.isRaised { Thread.yield() }
        }
        #expect(holds { thread.task != 0 && thread.name == "named-work" })
        mayEnd.raise()
        #expect(holds { thread.name == ThreadPool.spareName })
    }

    @Test func `a thread for which nothing comes ends, and says that the load has fallen`() throws {
        let fallen = Flag()
        let pool = ThreadPool(stackSize: Self.stackSize) { fallen.raise() }
        let thread = Passage()
        try pool.run(name: "short") { thread.pass() }
        #expect(holds { fallen.isRaised })
        #expect(holds { thread.task != 0 && thread.name == nil })
    }

    @Test func `closing ends the threads that wait, and says nothing of the load`() throws {
        let fallen = Flag()
        let pool = ThreadPool(stackSize: Self.stackSize) { fallen.raise() }
        let thread = Passage()
        try pool.run(name: "short") { thread.pass() }
        #expect(holds { thread.task != 0 && thread.name == ThreadPool.spareName })
        let start = MonotonicTime.now
        pool.close()
        #expect(holds { thread.task != 0 && thread.name == nil })
        #expect(MonotonicTime.now.since(start) < ThreadPool.spareTime)
        #expect(!fallen.isRaised)
    }

    @Test func `what a work holds is let go when it ends, not when its thread does`() throws {
        final class Held: Sendable {}
        let pool = ThreadPool(stackSize: Self.stackSize)
        defer { pool.close() }
        weak var watched: Held?
        let thread = Passage()
        try {
            let held = Held()
            watched = held
            try pool.run(name: "holds") { withExtendedLifetime(held) { thread.pass() } }
        }()
        #expect(holds { thread.name == ThreadPool.spareName })
        #expect(watched == nil)
    }
}
