import Foundation
import Testing

@Suite("The systemd unit")
struct UnitFileTests {
    private static let isAnalyzerPresent = (try? CommandRun("command -v systemd-analyze"))?.status == 0

    @Test("systemd finds no fault in the unit, and its exposure is below 2.0", .enabled(if: isAnalyzerPresent))
    func verifies() throws {
        let run = try CommandRun("scripts/check-unit")
        #expect(run.status == 0, "\(run.output)")
    }

    @Test("The service may take longer to stop than the default drain takes")
    func stopOutlastsDrain() throws {
        let unit = try SourceTree.text("systemd/duplexd.service")
        let example = try SourceTree.text("config/duplexd.toml")
        let stop = try #require(unit.firstMatch(of: /(?m)^TimeoutStopSec=(\d+)s$/).flatMap { Int($0.output.1) })
        let drain = try #require(example.firstMatch(of: /drain_timeout = "(\d+)s"/).flatMap { Int($0.output.1) })
        #expect(stop >= drain + 10)
    }

    @Test("A fault that starting again cannot mend does not start the daemon again")
    func restartIsWithheld() throws {
        let unit = try SourceTree.text("systemd/duplexd.service")
        #expect(unit.contains("\nRestart=on-failure\n"))
        #expect(unit.contains("\nRestartPreventExitStatus=64 66 77 78\n"))
    }
}
