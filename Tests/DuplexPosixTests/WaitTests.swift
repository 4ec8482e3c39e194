import DuplexPosix
import Testing

@Suite struct WaitTests {
    @Test func `a wait for a silent peer ends at its deadline`() throws {
        let (near, far) = try Loopback.pair()
        let start = MonotonicTime.now
        let deadline = start.advanced(by: .milliseconds(60))
        #expect(Wait.until(near, is: .readable, stop: nil, deadline: deadline) == .timedOut)
        #expect(Wait.until(near, is: .readable, stop: StopSignal(), deadline: deadline) == .timedOut)
        #expect(MonotonicTime.now >= deadline)
        #expect(far.sendAll([1]) == .bytes(1))
    }

    @Test func `a deadline that has passed still lets a wait see what is ready`() throws {
        let (near, far) = try Loopback.pair()
        #expect(far.sendAll([1]) == .bytes(1))
        #expect(Wait.until(near, is: .readable, stop: nil, deadline: Loopback.soon) == .ready(.readable))
        #expect(Wait.until(near, is: .readable, stop: nil, deadline: .now) == .ready(.readable))
    }

    @Test func `an idle socket is writable and not readable, a full one neither`() throws {
        let (near, far) = try Loopback.pair()
        #expect(Wait.until(near, is: [.readable, .writable], stop: nil, deadline: Loopback.soon) == .ready(.writable))
        _ = near.fill()
        #expect(Wait.until(near, is: .writable, stop: nil, deadline: .now) == .timedOut)
        while case .bytes = far.receiveSome().outcome {
            if Wait.until(far, is: .readable, stop: nil, deadline: .now.advanced(by: .milliseconds(50))) == .timedOut {
                break
            }
        }
        #expect(Wait.until(near, is: .writable, stop: nil, deadline: Loopback.soon) == .ready(.writable))
    }

    @Test func `of two sockets the ready one is named`() throws {
        let (first, firstFar) = try Loopback.pair()
        let (second, secondFar) = try Loopback.pair()
        #expect(secondFar.sendAll([1]) == .bytes(1))
        let outcome = Wait.until(first, is: .readable, or: (second, .readable), stop: nil, deadline: Loopback.soon)
        #expect(outcome == .ready([], .readable))
        #expect(firstFar.sendAll([1]) == .bytes(1))
        #expect(Wait.until(first, is: .readable, stop: nil, deadline: Loopback.soon) == .ready(.readable))
    }

    @Test func `a reset is found by a wait that asks for nothing`() throws {
        let (near, far) = try Loopback.pair()
        far.resetOnClose()
        far.close()
        guard case .ready(let state, _) = Wait.until(near, is: [], stop: nil, deadline: Loopback.soon) else {
            Issue.record("a reset ends a wait")
            return
        }
        #expect(state.contains(.failed))
    }

    @Test func `points in time never overflow and never run backwards`() {
        let past = MonotonicTime(nanoseconds: 5)
        #expect(past.advanced(by: .seconds(Int64.max)).nanoseconds == .max)
        #expect(past.advanced(by: .seconds(-1)) == past)
        #expect(MonotonicTime.now.since(past) > .zero)
        #expect(past.since(.now) == .zero)
        #expect(Duration.milliseconds(1_500).wholeNanoseconds == 1_500_000_000)
        #expect(Duration.seconds(-3).wholeNanoseconds == 0)
        #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
        #expect(MonotonicTime.recent <= .now)
    }
}
