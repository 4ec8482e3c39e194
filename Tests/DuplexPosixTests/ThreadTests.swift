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
}
