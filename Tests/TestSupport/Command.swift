internal import Foundation

/// Runs a program of the system and collects what it says.
public enum Command {
    public struct Result: Sendable {
        public let status: Int32
        public let output: String
        public let errors: String
    }

    /// Runs `program`, found on PATH, to its end; ends it after `timeout` seconds.
    public static func run(_ program: String, _ arguments: [String], input: String? = nil, timeout: Double = 60)
        -> Result
    {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let (output, errors, stdin) = (Pipe(), Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = stdin
        do { try process.run() } catch { return Result(status: -1, output: "", errors: "\(error)") }
        if let input { try? stdin.fileHandleForWriting.write(contentsOf: Data(input.utf8)) }
        try? stdin.fileHandleForWriting.close()
        // Weak: a work item that was cancelled holds what it captured until its time has come. SIGKILL: a child that a
        // pool thread started inherits SIGTERM blocked.
        let deadline = DispatchWorkItem { [weak process] in
            if let process, process.isRunning { kill(process.processIdentifier, SIGKILL) }
        }
        DispatchQueue.global().asyncAfter(deadline: .now() + timeout, execute: deadline)
        let box = Box()
        let reading = DispatchQueue(label: "stderr")
        let done = DispatchSemaphore(value: 0)
        reading.async {
            box.data = errors.fileHandleForReading.readDataToEndOfFile()
            done.signal()
        }
        let text = output.fileHandleForReading.readDataToEndOfFile()
        done.wait()
        process.waitUntilExit()
        deadline.cancel()
        return Result(
            status: process.terminationStatus,
            output: String(decoding: text, as: UTF8.self),
            errors: String(decoding: box.data, as: UTF8.self)
        )
    }

    /// Filled by one queue before the semaphore is signalled, read after it.
    private final class Box: @unchecked Sendable {
        var data = Data()
    }
}
