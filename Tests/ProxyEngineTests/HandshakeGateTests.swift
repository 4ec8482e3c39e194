import DuplexPosix
import Synchronization
import TestSupport
import Testing

@testable import ProxyEngine

@Suite struct HandshakeGateTests {
    private static let stackSize = 1 << 18
    private static var soon: MonotonicTime { .now.advanced(by: .seconds(20)) }

    /// How many are inside, and the most that ever were.
    private final class Crowd: Sendable {
        private let inside = Atomic(0)
        private let most = Atomic(0)
        private let passed = Atomic(0)

        func pass() {
            let now = inside.add(1, ordering: .sequentiallyConsistent).newValue
            most.max(now, ordering: .sequentiallyConsistent)
            Thread.yield()
            inside.subtract(1, ordering: .sequentiallyConsistent)
            passed.add(1, ordering: .sequentiallyConsistent)
        }

        var mostInside: Int { most.load(ordering: .sequentiallyConsistent) }
        var countPassed: Int { passed.load(ordering: .sequentiallyConsistent) }
    }

    /// Threads that pass a gate again and again until they are told to end.
    private final class Passers: Sendable {
        let gate: HandshakeGate
        let crowd = Crowd()
        /// What each does before it enters.
        private let before: @Sendable (HandshakeGate) -> Void
        private let mayEnd = Arrival<Bool>()
        private let ended = Tally()
        private let threads: Int

        init(limit: Int, threads: Int, before: @escaping @Sendable (HandshakeGate) -> Void = { _ in }) throws {
            gate = HandshakeGate(limit: limit)
            self.threads = threads
            self.before = before
            for number in 0..<threads {
                try Thread(name: "passer-\(number)", stackSize: HandshakeGateTests.stackSize) {
                    while !self.mayEnd.hasCome { self.pass() }
                    self.ended.add()
                }.detach()
            }
        }

        func pass() {
            before(gate)
            guard case .entered(let visit) = gate.enter(until: HandshakeGateTests.soon, stop: StopSignal()) else {
                return
            }
            crowd.pass()
            gate.leave(visit)
        }

        func end() {
            mayEnd.open()
            #expect(Eventually.holds(within: 20) { self.ended.count == self.threads })
        }
    }

    private func visit(_ gate: HandshakeGate, until deadline: MonotonicTime = soon) -> HandshakeGate.Visit? {
        guard case .entered(let visit) = gate.enter(until: deadline, stop: StopSignal()) else { return nil }
        return visit
    }

    @Test(arguments: [1, 2, 5])
    func `never more than the limit are inside, and all get in`(limit: Int) throws {
        let passers = try Passers(limit: limit, threads: 8)
        #expect(Eventually.holds(within: 20) { passers.crowd.countPassed >= 2000 })
        passers.end()
        #expect(passers.crowd.mostInside <= limit)
        // Nothing lacks a processor.
        #expect(passers.gate.rest == 0)
    }

    @Test func `who does not get in by the deadline is told so`() throws {
        let gate = HandshakeGate(limit: 1)
        let first = try #require(visit(gate))
        guard case .timedOut = gate.enter(until: .now.advanced(by: .milliseconds(20)), stop: StopSignal()) else {
            Issue.record("a gate with one place had two")
            return
        }
        gate.leave(first)
        #expect(visit(gate) != nil)
    }

    @Test func `who waits hears the stop signal`() throws {
        let gate = HandshakeGate(limit: 1)
        let stop = StopSignal()
        let first = try #require(visit(gate))
        let thread = try Thread(name: "stops", stackSize: Self.stackSize) { stop.stop() }
        guard case .stopped = gate.enter(until: Self.soon, stop: stop) else {
            Issue.record("the stop signal was not heard")
            return
        }
        thread.join()
        gate.leave(first)
    }

    @Test(arguments: [1, 2])
    func `places rest the longer, the longer threads lack a processor, and no more when they do not`(limit: Int) throws
    {
        let isRelieved = Arrival<Bool>()
        let passers = try Passers(limit: limit, threads: 8) { if !isRelieved.hasCome { $0.noteStarvedThread() } }
        #expect(Eventually.holds(within: 20) { passers.gate.rest == HandshakeGate.largestRestFactor })
        let before = passers.crowd.countPassed
        #expect(Eventually.holds(within: 20) { passers.crowd.countPassed > before + 100 }, "handshakes go on")
        isRelieved.open()
        #expect(Eventually.holds(within: 20) { passers.gate.rest == 0 })
        passers.end()
    }

    /// Uses a place for so long, of a gate beside which threads have lacked a processor: how many times as long it then
    /// rests, and for how long.
    private func rest(afterUse use: Duration) throws -> (factor: Int, duration: Duration) {
        let gate = HandshakeGate(limit: 1)
        try crowd(gate) { gate.rest == HandshakeGate.largestRestFactor }
        let stay = try #require(visit(gate))
        let used = Thread.processorTime
        while Thread.processorTime - used < use { continue }
        let start = MonotonicTime.now
        gate.leave(stay)
        return (stay.restFactor, MonotonicTime.now.since(start))
    }

    @Test func `a place rests so many times as long as it was used`() throws {
        let rest = try rest(afterUse: .milliseconds(3))
        #expect(rest.factor > 0)
        #expect(rest.duration >= .milliseconds(3) * rest.factor)
    }

    @Test func `a place rests no longer than its bound`() throws {
        let rest = try rest(afterUse: .milliseconds(300))
        // Without the bound it would be 0.9 s or, as a rule, 2.1.
        #expect(rest.factor >= 3)
        #expect(rest.duration < .milliseconds(800))
    }

    @Test func `as many as there are places are no crowd`() throws {
        let passers = try Passers(limit: 4, threads: 4) { $0.noteStarvedThread() }
        #expect(Eventually.holds(within: 20) { passers.crowd.countPassed >= 2000 })
        passers.end()
        #expect(!passers.gate.isCrowded)
        #expect(passers.gate.rest == 0)
    }

    @Test func `what was lacked before there was a crowd does not count`() throws {
        let gate = HandshakeGate(limit: 1)
        gate.noteStarvedThread()
        let first = try #require(visit(gate))
        // A crowd of two, looked at for the first time, and again when it is thought over.
        for _ in 0..<2 {
            #expect(visit(gate, until: .now.advanced(by: HandshakeGate.period * 2)) == nil)
            #expect(gate.isCrowded)
            #expect(gate.rest == 0)
        }
        gate.leave(first)
    }

    @Test func `who enters when the crowd has gone does not rest, though the last of them noted a lack`() throws {
        let gate = HandshakeGate(limit: 1)
        try crowd(gate) { gate.rest == HandshakeGate.largestRestFactor }
        #expect(Eventually.holds(within: 20) { !gate.isCrowded })
        gate.noteStarvedThread()
        let stay = try #require(visit(gate))
        #expect(stay.restFactor == 0)
        gate.leave(stay)
    }

    /// Crowds the gate, with threads that lack a processor beside it, until `condition` holds.
    private func crowd(_ gate: HandshakeGate, until condition: () -> Bool) throws {
        let first = try #require(visit(gate))
        let holds = Eventually.holds(within: 20) {
            gate.noteStarvedThread()
            _ = visit(gate, until: .now.advanced(by: .milliseconds(20)))
            return condition()
        }
        #expect(holds)
        gate.leave(first)
    }
}
