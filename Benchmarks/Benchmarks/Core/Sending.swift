import Benchmark
import Workbench

/// The sending turn alone, and a batch of four whole records through the outbound queue, as the daemon sends them.
func registerSending() {
    Benchmark("sending turn, nothing to send", configuration: .init(scalingFactor: .kilo)) { benchmark in
        let conversation = try Conversation(Bench(Setting(.tls13, .ecdsa)))
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { conversation.sendNothing() }
    }
    Benchmark("batch of 64 KiB out", configuration: .init(scalingFactor: .kilo)) { benchmark in
        let conversation = try Conversation(Bench(Setting(.tls13, .ecdsa)))
        let batch = [UInt8](repeating: 7, count: 65_536)
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            try conversation.send(batch)
            conversation.discardSent()
        }
    }
}
