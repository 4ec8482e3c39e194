import DuplexPosix
import Testing

@Suite struct StopSignalTests {
    @Test func `a signal given before a wait ends it at once`() throws {
        let signal = StopSignal()
        #expect(!signal.isStopped)
        signal.stop()
        signal.stop()
        #expect(signal.isStopped)
        #expect(signal.wait(for: .seconds(60)))
        let (near, far) = try Loopback.pair()
        #expect(Wait.until(near, is: .readable, stop: signal) == .stopped)
        // Stopped comes before ready: a thread that is to stop does not go on with what has come.
        #expect(far.sendAll([1]) == .bytes(1))
        #expect(Wait.until(near, is: .readable, stop: signal) == .stopped)
    }

    @Test func `a signal given during a wait ends it`() throws {
        for _ in 0..<100 {
            let signal = StopSignal()
            let started = Flag()
            try withThread {
                started.raise()
                return signal.wait(for: .seconds(60))
            } while: {
                while !started.isRaised { Thread.yield() }
                signal.stop()
            }
        }
    }

    @Test func `no wake-up is lost, whichever of wait and signal comes first`() throws {
        let (near, far) = try Loopback.pair()
        for round in 0..<2_000 {
            let signal = StopSignal()
            let isReady = Flag()
            try withThread {
                isReady.raise()
                return Wait.until(near, is: .readable, stop: signal, deadline: Loopback.soon) == .stopped
            } while: {
                // Every other round the two threads meet as closely as they can.
                if round % 2 == 0 { while !isReady.isRaised {} }
                signal.stop()
            }
        }
        #expect(far.sendAll([1]) == .bytes(1))
    }

    @Test func `one signal ends the waits of many threads`() throws {
        let (near, far) = try Loopback.pair()
        for _ in 0..<20 {
            let signal = StopSignal()
            let stopped = Count()
            try onThreads(8) { number in
                if number == 7 {
                    signal.stop()
                } else if number % 2 == 0 {
                    if signal.wait(for: .seconds(60)) { stopped.add() }
                } else if Wait.until(near, is: .readable, stop: signal, deadline: Loopback.soon) == .stopped {
                    stopped.add()
                }
            }
            #expect(stopped.number == 7)
        }
        #expect(far.sendAll([1]) == .bytes(1))
    }

    @Test func `a pause that nobody ends lasts its time`() {
        let start = MonotonicTime.now
        #expect(!StopSignal().wait(for: .milliseconds(50)))
        #expect(MonotonicTime.now.since(start) >= .milliseconds(50))
    }

    /// Runs `body` on a thread and `other` here; expects `body` to say true.
    private func withThread(_ body: @escaping @Sendable () -> Bool, while other: () -> Void) throws {
        let outcome = Flag()
        let thread = try Thread(name: "waits", stackSize: 1 << 20) { if body() { outcome.raise() } }
        other()
        thread.join()
        #expect(outcome.isRaised)
    }
}
