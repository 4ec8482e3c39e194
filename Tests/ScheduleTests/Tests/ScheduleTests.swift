import Glibc
import Schedules
import Testing

/// Seeded schedules of four threads on two sessions; `scripts/check-schedules` runs more of them.
@Suite struct ScheduleTests {
    /// How many: the environment variable DUPLEX_SCHEDULES, else 500.
    private static var count: Int {
        getenv("DUPLEX_SCHEDULES").flatMap { Int(String(cString: $0)) }.map { max(1, $0) } ?? 500
    }

    @Test func `under every schedule what goes in comes out, with the right kind of end`() throws {
        let run = ScheduleRun(count: Self.count) { print($0) }
        try run.run(workers: 2)
        #expect(run.failed == 0, "the seeds and their shortest failing schedules are printed above")
        #expect(run.passed >= Self.count)
    }
}
