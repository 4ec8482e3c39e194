import DuplexPosix
import Glibc
import Testing

@Suite struct ThreadTests {
    @Test func `join waits for the body's end`() throws {
        for _ in 0..<200 {
            let done = Flag()
            let thread = try Thread(name: "short", stackSize: 1 << 18) { done.raise() }
            thread.join()
            #expect(done.isRaised)
        }
    }

    @Test func `a detached thread runs to its end`() throws {
        let done = Flag()
        try Thread(name: "alone", stackSize: 1 << 18) { done.raise() }.detach()
        let start = MonotonicTime.now
        while !done.isRaised, MonotonicTime.now.since(start) < .seconds(20) { Thread.yield() }
        #expect(done.isRaised)
    }

    @Test(arguments: ["rd-1", "fifteen-bytes-x", "a name over fifteen bytes"])
    func `a thread has its name, cut to fifteen bytes`(name: String) throws {
        let right = Flag()
        let thread = try Thread(name: name, stackSize: 1 << 18) {
            let file = open("/proc/thread-self/comm", O_RDONLY)
            var buffer = [UInt8](repeating: 0, count: 32)
            let count = read(file, &buffer, buffer.count)
            close(file)
            // The kernel ends the name with a line feed.
            let found = String(decoding: buffer.prefix(max(count - 1, 0)), as: UTF8.self)
            if found == String(name.prefix(15)) { right.raise() }
        }
        thread.join()
        #expect(right.isRaised)
    }

    @Test func `a stack that is asked too small for the system is made large enough`() throws {
        let done = Flag()
        let thread = try Thread(name: "small", stackSize: 1) { done.raise() }
        thread.join()
        #expect(done.isRaised)
    }

    @Test func `a pause takes as long as it was asked for, or longer`() {
        for milliseconds in [0, 1, 7, 30] {
            let start = MonotonicTime.now
            Thread.pause(for: .milliseconds(milliseconds))
            #expect(MonotonicTime.now.since(start) >= .milliseconds(milliseconds))
        }
    }

    /// Uses the processor for so long.
    private func use(_ duration: Duration) {
        let start = Thread.processorTime
        while Thread.processorTime - start < duration { continue }
    }

    @Test func `a thread knows what it used of a processor, and not what others did`() throws {
        let isUsed = Flag()
        let thread = try Thread(name: "uses", stackSize: 1 << 18) {
            self.use(.milliseconds(200))
            isUsed.raise()
        }
        let before = Thread.processorTime
        thread.join()
        #expect(isUsed.isRaised)
        #expect(Thread.processorTime - before < .milliseconds(100))
    }

    @Test func `the kernel tells how long a thread ran`() throws {
        let before = try #require(Thread.processorShare)
        use(.milliseconds(100))
        let after = try #require(Thread.processorShare)
        // The kernel adds up at each tick of its timer, 10 ms at most.
        let ran = after.ran - before.ran
        #expect(ran >= .milliseconds(80))
        #expect(ran < .milliseconds(200))
    }

    @Test func `the kernel tells how long a thread waited for a processor`() throws {
        // Twice as many threads as processors: none has one all the time, until others have seen enough.
        let mayEnd = Flag()
        let waited = Count()
        let threads = 2 * ResourceLimits.processorCount
        for number in 0..<threads {
            try Thread(name: "wants-\(number)", stackSize: 1 << 18) {
                guard let before = Thread.processorShare else { return }
                while !mayEnd.isRaised {
                    self.use(.milliseconds(20))
                    guard let after = Thread.processorShare else { return }
                    if after.waited - before.waited >= .milliseconds(20) { break }
                }
                if !mayEnd.isRaised { waited.add() }
            }.detach()
        }
        let start = MonotonicTime.now
        while waited.number == 0, MonotonicTime.now.since(start) < .seconds(20) {
            Thread.pause(for: .milliseconds(5))
        }
        #expect(waited.number > 0)
        mayEnd.raise()
    }
}
