import DuplexPosix
import Synchronization
import Testing

@testable import ProxyEngine

@Suite struct HandshakeGateTests {
    private static var soon: MonotonicTime { .now.advanced(by: .seconds(20)) }

    /// How many are inside, and the most that ever were.
    private final class Crowd: Sendable {
        private let inside = Atomic(0)
        private let most = Atomic(0)
        private let passed = Atomic(0)

        func enter() {
            let now = inside.add(1, ordering: .sequentiallyConsistent).newValue
            most.max(now, ordering: .sequentiallyConsistent)
        }

        func leave() {
            inside.subtract(1, ordering: .sequentiallyConsistent)
            passed.add(1, ordering: .sequentiallyConsistent)
        }

        var mostInside: Int { most.load(ordering: .sequentiallyConsistent) }
        var countPassed: Int { passed.load(ordering: .sequentiallyConsistent) }
    }

    @Test(arguments: [1, 2, 5])
    func `never more than the limit are inside, and all get in`(limit: Int) throws {
        let gate = HandshakeGate(limit: limit)
        let crowd = Crowd()
        let stop = StopSignal()
        let perThread = 200
        for number in 0..<8 {
            try Thread(name: "passer-\(number)", stackSize: 1 << 18) {
                for _ in 0..<perThread {
                    guard gate.enter(until: Self.soon, stop: stop) == .entered else { return }
                    crowd.enter()
                    Thread.yield()
                    crowd.leave()
                    gate.leave()
                }
            }.detach()
        }
        let deadline = Self.soon
        while crowd.countPassed < 8 * perThread, deadline > .now { Thread.yield() }
        #expect(crowd.countPassed == 8 * perThread)
        #expect(crowd.mostInside <= limit)
    }

    @Test func `who does not get in by the deadline is told so`() {
        let gate = HandshakeGate(limit: 1)
        let stop = StopSignal()
        #expect(gate.enter(until: Self.soon, stop: stop) == .entered)
        #expect(gate.enter(until: .now.advanced(by: .milliseconds(20)), stop: stop) == .timedOut)
        gate.leave()
        #expect(gate.enter(until: Self.soon, stop: stop) == .entered)
    }

    @Test func `who waits hears the stop signal`() throws {
        let gate = HandshakeGate(limit: 1)
        let stop = StopSignal()
        #expect(gate.enter(until: Self.soon, stop: stop) == .entered)
        let thread = try Thread(name: "stops", stackSize: 1 << 18) { stop.stop() }
        #expect(gate.enter(until: Self.soon, stop: stop) == .stopped)
        thread.join()
    }
}
