import Benchmark
import Dispatch
import Workbench

/// The session's lock, by the call that does least under it: asking for a failure that there was none of.
func registerLock() {
    Benchmark("lock, one thread", configuration: .init(scalingFactor: .kilo)) { benchmark in
        let session = try Conversation(Bench(Setting(.tls13, .ecdsa))).session
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(session.failure) }
    }
    Benchmark("lock, two threads, each so often", configuration: .init(scalingFactor: .kilo)) { benchmark in
        let session = try Conversation(Bench(Setting(.tls13, .ecdsa))).session
        let rounds = benchmark.scaledIterations
        benchmark.startMeasurement()
        DispatchQueue.concurrentPerform(iterations: 2) { _ in
            for _ in rounds { blackHole(session.failure) }
        }
    }
}
