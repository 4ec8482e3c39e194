import Foundation
import TestSupport

/// A program of the system that tests run, found once.
struct Program {
    let path: String

    /// What a person reads when a program is not there.
    struct Missing: Error, CustomStringConvertible {
        let name: String

        var description: String { "\(name) is not installed; run `scripts/setup build test`, which installs it" }
    }

    /// Debian keeps servers in the sbin directories, which a user's PATH may lack.
    private static let folders =
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        + ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"]

    /// Finds `name`.
    ///
    /// - Throws: ``Missing``, so that a test fails rather than passes without having tested anything.
    init(_ name: String) throws {
        let found = Self.folders.map { $0 + "/" + name }.first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let found else { throw Missing(name: name) }
        path = found
    }

    /// Runs the program to its end, or for `timeout` seconds.
    func run(_ arguments: [String], input: String? = nil, timeout: Double = 60) -> Command.Result {
        Command.run(path, arguments, input: input, timeout: timeout)
    }
}
