// run-schedules [COUNT [FIRST]]: runs COUNT seeded schedules, 10,000 by default, seeds from FIRST on, 0 by default.
// run-schedules show SEED: prints the schedule of a seed.
internal import Glibc
internal import Schedules

let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.count == 2, arguments[0] == "show", let seed = UInt32(arguments[1]) {
    print(ScheduleRun.text(of: UInt64(seed)))
    exit(0)
}
let numbers = arguments.compactMap { UInt32($0) }
guard numbers.count == arguments.count, numbers.count <= 2, numbers.first != 0 else {
    print(
        "usage: run-schedules [COUNT [FIRST]] or run-schedules show SEED; whole numbers, COUNT at least 1"
    )
    exit(2)
}
let run = ScheduleRun(
    count: Int(numbers.first ?? 10_000),
    firstSeed: UInt64(numbers.count > 1 ? numbers[1] : 0)
) { failure in
    print(failure)
    fflush(nil)
}
try run.run(workers: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
print("\(run.passed) passed, \(run.failed) failed")
exit(run.failed == 0 ? 0 : 1)
