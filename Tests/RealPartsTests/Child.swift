import DuplexPosix
import Foundation
import TestSupport

/// A program that runs beside a test, with what it has said so far.
final class Child: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `process` and `input` are set in `init` alone; Foundation guards a process's
    // state itself, and a pipe's handle is used by the test that owns the child.
    private let process = Process()
    private let input = Pipe()
    private let folder: TemporaryFolder

    /// A start that failed, with what the program said.
    struct Failure: Error, CustomStringConvertible {
        let program: String
        let log: String

        var description: String { "\(program) did not start; it said:\n\(log)" }
    }

    /// Runs a program whose standard input is the test's to write.
    init(_ program: Program, _ arguments: [String]) throws {
        folder = TemporaryFolder()
        try start(program.path, arguments)
    }

    /// Runs a server, which ends when the object goes or this process ends, however it ends.
    init(server program: Program, _ arguments: [String]) throws {
        folder = TemporaryFolder()
        // The shell waits for the end of its input, a pipe that nobody but this process holds open, and then ends the
        // one process that it started, by its number. KILL: SIGTERM is blocked in what a pool's thread starts, and a
        // server with nothing to keep has nothing to do on the way out.
        let leash = """
            exec 3<&0
            "$@" 3<&- </dev/null & server=$!
            { read -r _ <&3; kill -KILL "$server"; } >/dev/null 2>&1 & watch=$!
            wait "$server"; status=$?
            kill -KILL "$watch" 2>/dev/null
            exit "$status"
            """
        try start(Program("bash").path, ["-c", leash, "bash", program.path] + arguments)
    }

    deinit { end() }

    private func start(_ path: String, _ arguments: [String]) throws {
        folder.write("output", [])
        let output = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path("output")))
        try output.seekToEnd()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    /// All that the program has said, on both of its outputs.
    var log: String { String(decoding: folder.read("output") ?? [], as: UTF8.self) }

    var isRunning: Bool { process.isRunning }

    /// Writes a line to the program's standard input.
    func write(_ line: String) throws { try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8)) }

    /// Waits until the program has said `text`. False when it ended without, or said nothing of the kind in time.
    func says(_ text: String, within seconds: Int = 20) -> Bool {
        _ = Eventually.holds(within: seconds) { log.contains(text) || !isRunning }
        return log.contains(text)
    }

    /// Closes the program's standard input and waits for its end; after 5 seconds, ends it.
    @discardableResult
    func end() -> Int32 {
        try? input.fileHandleForWriting.close()
        if !Eventually.holds(within: 5, { !process.isRunning }) {
            kill(process.processIdentifier, SIGKILL)
        }
        process.waitUntilExit()
        return process.terminationStatus
    }
}
