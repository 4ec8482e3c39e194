import Foundation
import TestSupport

/// Large files and their digests, made by the system's programs.
enum Bulk {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Writes `count` random bytes to a file.
    static func make(_ path: String, count: Int) throws {
        let result = try Program("openssl").run(["rand", "-out", path, String(count)])
        guard result.status == 0 else { throw Failure(description: "openssl rand: \(result.errors)") }
    }

    /// The SHA-256 of a file, in hexadecimal digits.
    static func digest(_ path: String) throws -> String {
        let result = try Program("openssl").run(["dgst", "-sha256", "-r", path])
        guard result.status == 0 else { throw Failure(description: "openssl dgst: \(result.errors)") }
        return String(result.output.prefix { $0 != " " })
    }
}
