import DuplexPosix
import TestSupport
import Testing

@testable import ProxyEngine

/// What the engine keeps for the next connection goes when the load has fallen, whichever threads are the last.
@Suite struct SpareMemoryTests {
    @Test(.timeLimit(.minutes(10)), arguments: ["openers", "movers"])
    func freeBuffersGoWithTheLastThreadOfEitherPool(name: String) throws {
        let core = EngineCore(connectionLimit: 1, observer: TestObserver(), releaseThreadCaches: {})
        let pool = name == "openers" ? core.openers : core.movers
        try pool.run(name: "work") {
            if let buffer = core.buffers.take() { core.buffers.put(buffer) }
        }
        #expect(Eventually.holds { core.buffers.freeCount == 1 })
        #expect(Eventually.holds(within: 20) { core.buffers.freeCount == 0 })
    }
}
