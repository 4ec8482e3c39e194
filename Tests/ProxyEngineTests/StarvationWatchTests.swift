import DuplexPosix
import TestSupport
import Testing

@testable import ProxyEngine

@Suite struct StarvationWatchTests {
    private struct Case: Sendable, CustomStringConvertible {
        let elapsed: Int
        let ran: Int
        let waited: Int
        let isStarved: Bool
        var description: String { "\(ran) ms run, \(waited) ms waited of \(elapsed)" }
    }

    private static let cases = [
        Case(elapsed: 100, ran: 90, waited: 10, isStarved: false),
        Case(elapsed: 100, ran: 70, waited: 30, isStarved: false),
        Case(elapsed: 100, ran: 60, waited: 30, isStarved: true),
        Case(elapsed: 100, ran: 20, waited: 80, isStarved: true),
        // Bounded by its network: it waits at its turns, and loses nothing.
        Case(elapsed: 100, ran: 2, waited: 3, isStarved: false),
        Case(elapsed: 500, ran: 2, waited: 40, isStarved: false),
        // A kernel that does not tell.
        Case(elapsed: 100, ran: 0, waited: 0, isStarved: false),
    ]

    @Test(arguments: cases)
    private func `a thread lacks a processor when it waits long, and long beside what it runs`(row: Case) {
        let found = StarvationWatch.isStarved(
            elapsed: .milliseconds(row.elapsed),
            ran: .milliseconds(row.ran),
            waited: .milliseconds(row.waited)
        )
        #expect(found == row.isStarved)
    }

    /// Keeps a gate crowded: its only place is taken, and somebody asks for it again and again, until `condition` holds.
    private func crowd(_ gate: HandshakeGate, until condition: () -> Bool) -> Bool {
        guard case .entered(let visit) = gate.enter(until: .now, stop: StopSignal()) else { return false }
        defer { gate.leave(visit) }
        return Eventually.holds(within: 30) {
            _ = gate.enter(until: .now.advanced(by: .milliseconds(5)), stop: StopSignal())
            return condition()
        }
    }

    /// Runs threads that use a processor each and tell the gate that they have moved `count` bytes, again and again, for
    /// as long as `body` takes.
    private func withMovers(_ threads: Int, of count: Int, beside gate: HandshakeGate, _ body: () throws -> Void) throws
    {
        let mayEnd = Arrival<Bool>()
        defer { mayEnd.open() }
        let ended = Tally()
        for number in 0..<threads {
            try Thread(name: "moves-\(number)", stackSize: 1 << 18) {
                let watch = StarvationWatch()
                while !mayEnd.hasCome {
                    let used = Thread.processorTime
                    while Thread.processorTime - used < .milliseconds(1) { continue }
                    watch.moved(count, beside: gate)
                }
                ended.add()
            }.detach()
        }
        try body()
        mayEnd.open()
        #expect(Eventually.holds(within: 30) { ended.count == threads })
    }

    @Test func `more movers than processors are told to the gate`() throws {
        let gate = HandshakeGate(limit: 1)
        try withMovers(3 * ResourceLimits.processorCount, of: 128 * 1024, beside: gate) {
            #expect(crowd(gate) { gate.rest == HandshakeGate.largestRestFactor })
        }
    }

    @Test func `threads that move little are not asked`() throws {
        let gate = HandshakeGate(limit: 1)
        try withMovers(3 * ResourceLimits.processorCount, of: 1, beside: gate) {
            let end = MonotonicTime.now.advanced(by: HandshakeGate.period * 10)
            #expect(crowd(gate) { end < .now })
            #expect(gate.rest == 0)
        }
    }

    @Test func `beside no crowd nothing is told`() throws {
        let gate = HandshakeGate(limit: 1)
        try withMovers(3 * ResourceLimits.processorCount, of: 128 * 1024, beside: gate) {
            let end = MonotonicTime.now.advanced(by: HandshakeGate.period * 5)
            while end > .now {
                guard case .entered(let visit) = gate.enter(until: .now, stop: StopSignal()) else { break }
                gate.leave(visit)
                Thread.yield()
            }
            #expect(!gate.isCrowded)
            #expect(gate.rest == 0)
        }
    }
}
