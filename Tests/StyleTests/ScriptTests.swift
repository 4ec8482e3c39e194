import Foundation
import Testing

@Suite("Scripts and Makefile")
struct ScriptTests {
    /// Takes away what a surrounding `make test TRAITS=…` hands down to its children.
    private let clean = "env -u MAKEFLAGS -u MAKEOVERRIDES -u TRAITS -u BUILD_DIR -u ARGS"

    /// Read by other scripts, and no programs of their own.
    static let sourced = [
        "scripts/ci-lib", "Benchmarks/Comparison/loads.sh", "Benchmarks/Comparison/proxies.sh",
    ]

    @Test("Each script parses, and one with a first line of its own can be started")
    func scriptsAreSound() throws {
        let scripts = try SourceTree.scripts()
        #expect(scripts.contains("scripts/setup"))
        for script in scripts {
            let run = try CommandRun("bash -n \"$1\"", script)
            #expect(run.status == 0, "\(script): \(run.output)")
            if try SourceTree.text(script).hasPrefix("#!") {
                let path = SourceTree.root.appendingPathComponent(script).path
                #expect(FileManager.default.isExecutableFile(atPath: path), "\(script) is not executable")
            } else {
                #expect(Self.sourced.contains(script))
            }
        }
    }

    @Test("The count of tests is read from what swift-testing prints", arguments: LoggedRun.all)
    func countsTests(run logged: LoggedRun) throws {
        let run = try CommandRun("source scripts/ci-lib; count_tests <(printf '%s\\n' \"$1\")", logged.log)
        #expect(run.status == 0)
        #expect(run.output.trimmingCharacters(in: .whitespacesAndNewlines) == logged.counts)
    }

    @Test("TRAITS=off leaves out the default traits and libssl-dev, in a build directory of its own")
    func traitsOff() throws {
        let on = try CommandRun("\(clean) make --dry-run --no-print-directory test")
        let off = try CommandRun("\(clean) make --dry-run --no-print-directory test TRAITS=off")
        try #require(on.status == 0 && off.status == 0, "\(on.output)\(off.output)")
        #expect(!on.output.contains("--disable-default-traits"))
        #expect(!on.output.contains("--no-hardware-crypto"))
        #expect(off.output.contains("--disable-default-traits"))
        #expect(off.output.contains("scripts/setup --no-hardware-crypto"))
        #expect(off.output.contains("--scratch-path .build-without-traits"))
    }

    @Test("An unknown value of TRAITS is refused with those that are accepted")
    func traitsUnknown() throws {
        let run = try CommandRun("\(clean) make --dry-run TRAITS=maybe")
        #expect(run.status != 0)
        #expect(run.output.contains("TRAITS=maybe is unknown; accepted: on, off"))
    }
}
