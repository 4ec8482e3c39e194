import Benchmark
import Dispatch
import Workbench

/// Both directions of one session at the same time, from two threads: as long as the slower takes, so a record's time
/// beside one thread's alone shows what sharing the session costs.
func registerBothHalves() {
    for (bytes, name) in [(64, "64 B"), (1_024, "1 KiB"), (16_384, "16 KiB")] {
        Benchmark("record in beside record out, \(name)", configuration: .init(scalingFactor: .kilo)) { benchmark in
            let conversation = try Conversation(Bench(Setting(.tls13, .ecdsa)))
            let plaintext = [UInt8](repeating: 7, count: bytes)
            let rounds = benchmark.scaledIterations
            for _ in rounds { try conversation.clientSends(plaintext) }
            let outcome = Outcome()
            benchmark.startMeasurement()
            DispatchQueue.concurrentPerform(iterations: 2) { thread in
                if thread == 0 {
                    outcome.received = (try? conversation.receive()) ?? 0
                } else {
                    for _ in rounds {
                        if (try? conversation.send(plaintext)) != nil { outcome.sent += bytes }
                        conversation.discardSent()
                    }
                }
            }
            benchmark.stopMeasurement()
            if outcome.received != outcome.sent || outcome.sent != bytes * rounds.count {
                benchmark.error("bytes were lost")
            }
        }
    }
}

/// What the two threads came to, bytes.
private final class Outcome: @unchecked Sendable {
    // Invariant for @unchecked Sendable: one thread writes `received`, the other `sent`, and both have ended before
    // anybody reads.
    var received = 0
    var sent = 0
}
