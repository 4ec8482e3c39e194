import Testing

/// What a run of `swift test` printed, and the counts a reader takes from it.
struct LoggedRun: CustomTestStringConvertible {
    /// Shown instead of the log, whose lines would look like results of this run.
    let testDescription: String
    let log: String
    /// Passed and failed; empty when no test ran.
    let counts: String

    static let all = [
        LoggedRun(
            testDescription: "all passed",
            log: "✔ Test run with 12 tests in 3 suites passed after 0.05 seconds.",
            counts: "12 0"
        ),
        LoggedRun(
            testDescription: "one test",
            log: "✔ Test run with 1 test in 1 suite passed after 1.5 seconds.",
            counts: "1 0"
        ),
        LoggedRun(
            testDescription: "a known issue",
            log: "━ Test run with 8 tests in 1 suite passed after 0.002 seconds with 1 known issue.",
            counts: "8 0"
        ),
        LoggedRun(
            testDescription: "failed, skipped and parameterised tests",
            log: """
                ✘ Test "a run with 9 tests failed after 2 tries" failed after 0.001 seconds with 1 issue.
                ✘ Test case passing 1 argument x → 2 to "b" failed after 0.001 seconds with 1 issue.
                ✘ Test "b" with 3 test cases failed after 0.001 seconds with 2 issues.
                ➜ Test "c" skipped: "no network"
                ✘ Test run with 8 tests in 1 suite failed after 0.002 seconds with 3 issues.
                """,
            counts: "5 2"
        ),
        LoggedRun(
            testDescription: "a crash",
            log: "◇ Test a() started.\n✔ Test b() passed after 0.1 seconds.\n*** Fatal error",
            counts: "1 0"
        ),
        LoggedRun(
            testDescription: "in colour",
            log: "\u{1b}[32m✔\u{1b}[0m Test run with 2 tests in 1 suite passed after 0.1 seconds.",
            counts: "2 0"
        ),
        LoggedRun(testDescription: "a failed build", log: "error: no such module", counts: ""),
    ]
}
