import TestSupport
import Testing

@testable import DuplexPosix

@Suite struct ResourceLimitsTests {
    @Test func `processors that can be used are counted as Python counts them`() {
        let told = Command.run("python3", ["-c", "import os; print(len(os.sched_getaffinity(0)))"])
        #expect(told.output == "\(ResourceLimits.usableProcessorCount)\n")
    }

    @Test func `a thread that is bound to one processor can use one`() throws {
        let (isBound, count) = (Arrival<Bool>(), Arrival<Int>())
        let thread = try Thread(name: "bound", stackSize: 1 << 18) {
            _ = isBound.wait()
            count.leave(ResourceLimits.usableProcessorCount)
        }
        #expect(Eventually.holds { ProcessCensus.task(named: "bound") != nil })
        let task = try #require(ProcessCensus.task(named: "bound"))
        let first = try #require(
            Command.run("taskset", ["--cpu-list", "--pid", task]).output.split(separator: " ").last
        )
        let one = String(first.prefix { $0.isNumber })
        #expect(Command.run("taskset", ["--cpu-list", "--pid", one, task]).status == 0)
        isBound.open()
        #expect(count.wait() == 1)
        thread.join()
    }

    @Test(arguments: [("50000 100000\n", 0.5), ("400000 100000", 4), ("250000 50000\n", 5)])
    func `a quota is so many processors' time`(text: String, quota: Double) {
        #expect(ResourceLimits.processorQuota(text) == quota)
    }

    @Test(arguments: ["max 100000\n", "", "\n", "100000", "1 2 3", "5 0", "inf 1", "nan 1", "-1 1"])
    func `no quota is no number`(text: String) {
        #expect(ResourceLimits.processorQuota(text) == nil)
    }
}
