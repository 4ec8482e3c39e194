import Foundation
import Testing

/// FoundationNetworking brings libcurl and some thirty libraries more into a program that opens its own sockets.
@Suite("What the daemon links")
struct LinkageTests {
    /// The daemon of this build stands beside the program that runs the tests.
    private var daemon: String {
        get throws {
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            return (tests as NSString).deletingLastPathComponent + "/duplexd"
        }
    }

    @Test("The daemon links wolfSSL, and neither FoundationNetworking nor libcurl")
    func libraries() throws {
        let run = try CommandRun("ldd \"$1\"", daemon)
        try #require(run.status == 0, "\(run.output)")
        #expect(run.output.contains("libwolfssl"))
        #expect(!run.output.contains("FoundationNetworking"))
        #expect(!run.output.contains("libcurl"))
    }
}
