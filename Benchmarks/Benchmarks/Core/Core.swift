import Benchmark
import Workbench

/// What each part of the library costs, alone and in memory. `make microbench` runs it.
let benchmarks: @Sendable () -> Void = {
    Benchmark.defaultConfiguration = .init(
        metrics: [.wallClock, .throughput],
        warmupIterations: 3,
        maxDuration: .seconds(2),
        maxIterations: 100_000
    )
    registerRecords()
    registerBothHalves()
    registerLock()
    registerSending()
    registerHandshakes()
}
