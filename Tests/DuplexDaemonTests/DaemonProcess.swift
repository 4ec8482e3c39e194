import DuplexPosix
import Foundation
import TestSupport

/// The daemon of this build as a process of its own, with everything that it says.
final class DaemonProcess: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `lines` is used only while `guarded` is held; `process` is started before the
    // object is shared, and its methods are safe from every thread.
    private let process = Process()
    private let guarded = NSLock()
    private var lines: [String] = []

    /// The program, which stands beside the one that runs the tests.
    static let path: String = {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return (tests as NSString).deletingLastPathComponent + "/duplexd"
    }()

    /// Starts `duplexd` with these arguments.
    ///
    /// - Parameter program: nil: the daemon itself; else what is started in its place.
    init(_ arguments: [String], program: String? = nil, environment: [String: String] = [:]) throws {
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: program ?? Self.path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let handle = pipe.fileHandleForReading
        let thread = Foundation.Thread { [weak self] in
            var rest = Data()
            while case let data = handle.availableData, !data.isEmpty {
                rest += data
                while let end = rest.firstIndex(of: 10) {
                    let line = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
                    rest = Data(rest[rest.index(after: end)...])
                    self?.guarded.withLock { self?.lines.append(line) }
                }
            }
        }
        thread.start()
    }

    deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }

    var id: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    /// Everything said so far.
    var output: [String] { guarded.withLock { lines } }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// Waits for the `count`th line that contains all of `parts`.
    func line(_ parts: String..., count: Int = 1, within seconds: Int = 20) -> String? {
        var found: String?
        _ = Eventually.holds(within: seconds) {
            let matches = output.filter { line in parts.allSatisfy { line.contains($0) } }
            found = matches.count >= count ? matches[count - 1] : nil
            return found != nil || (!process.isRunning && matches.count >= count)
        }
        return found
    }

    /// Waits for the end. The exit status; nil when it goes on, or was ended by a signal.
    func status(within seconds: Int = 20) -> Int32? {
        guard Eventually.holds(within: seconds, { !process.isRunning }) else { return nil }
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }

    /// The address that the proxy `name` listens on, from the log in JSON.
    func address(of name: String, count: Int = 1) -> SocketAddress? {
        guard let line = line(#""message":"listening","proxy":"\#(name)""#, count: count),
            let fields = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
            let text = fields["address"] as? String, let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        return SocketAddress(ip: String(text[..<colon]), port: port)
    }
}
