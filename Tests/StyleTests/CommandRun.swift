import Foundation
import Testing

/// One run of a shell command in the package's root.
struct CommandRun {
    /// What it wrote to standard output and standard error.
    let output: String
    /// Its exit status; 124 when it did not end within a minute.
    let status: Int32

    /// Runs `script` with bash and waits for it, for a minute at most.
    ///
    /// - Parameter script: goes to bash as one argument; `arguments` are its `$1`, `$2`, ….
    init(_ script: String, _ arguments: String...) throws {
        let words = ["timeout", "60", "bash", "-c", script, "bash"] + arguments
        let line = words.map(Self.quoted).joined(separator: " ")
        let stream = try #require(popen("cd \(Self.quoted(SourceTree.root.path)) && \(line) 2>&1 </dev/null", "r"))
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&buffer, 1, buffer.count, stream), count > 0 {
            bytes += buffer[..<count]
        }
        let waitStatus = pclose(stream)
        output = String(decoding: bytes, as: UTF8.self)
        // The shell turns death by a signal into 128 + its number, so the status is in the second byte.
        status = (waitStatus >> 8) & 0xff
    }

    private static func quoted(_ word: String) -> String {
        "'" + word.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
}
