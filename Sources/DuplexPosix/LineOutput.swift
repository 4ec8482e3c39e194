internal import DuplexLock
internal import Glibc

/// Writes whole lines to a descriptor that somebody else reads, such as standard error, and never waits long for them.
///
/// One write(2) a line of at most ``lineLimit`` bytes: on a pipe, lines of several processes do not mix either
/// (pipe(7), PIPE_BUF). A reader that does not read costs one short wait; after that lines are dropped and counted
/// until it reads again.
///
/// - Thread: any.
public final class LineOutput: @unchecked Sendable {
    // Invariant for @unchecked Sendable: every `var` is used only while `lock` is held.
    private let number: Int32
    private let patience: Duration
    private let lock = Lock()
    private var isStuck = false
    private var isMidLine = false
    private var lostLines = 0

    /// PIPE_BUF on Linux, bytes.
    public static let lineLimit = 4096

    /// - Parameters:
    ///   - descriptor: stays open as long as this object, which does not own it.
    ///   - patience: how long the first line that finds no room waits for some.
    public init(descriptor: Int32, patience: Duration = .seconds(1)) {
        number = descriptor
        self.patience = patience
    }

    /// Standard error.
    public static let standardError = LineOutput(descriptor: STDERR_FILENO)

    /// Writes a line and its end.
    ///
    /// - Returns: false when it was lost, or cut: the reader is gone, or does not read.
    @discardableResult
    public func write(_ line: String) -> Bool {
        HeldLocks.assertNone(before: "write")
        var bytes = Array(line.utf8.prefix(Self.lineLimit - 1))
        bytes.append(UInt8(ascii: "\n"))
        return lock.withLock {
            let isWritten = writeWhole(isMidLine ? [UInt8(ascii: "\n")] + bytes : bytes)
            if !isWritten { lostLines += 1 }
            return isWritten
        }
    }

    /// How many lines were lost since this was asked last.
    public func takeLostLines() -> Int {
        lock.withLock {
            defer { lostLines = 0 }
            return lostLines
        }
    }

    private func writeWhole(_ bytes: [UInt8]) -> Bool {
        let deadline = MonotonicTime.now.advanced(by: isStuck ? .zero : patience)
        var written = 0
        while written < bytes.count {
            guard waitForRoom(until: deadline) else {
                isStuck = true
                return end(bytes, written)
            }
            let count = retrying {
                bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress?.advanced(by: written), $0.count - written) }
            }
            if count == -Int(EAGAIN) { continue }
            guard count > 0 else { return end(bytes, written) }
            written += count
        }
        isStuck = false
        isMidLine = false
        return true
    }

    /// Remembers whether a started line has to be ended before the next one. Returns false.
    private func end(_ bytes: [UInt8], _ written: Int) -> Bool {
        if written > 0 { isMidLine = true }
        return false
    }

    /// Waits until the descriptor takes something. A pipe says so only when PIPE_BUF bytes fit, so that the write that
    /// follows does not block.
    private func waitForRoom(until deadline: MonotonicTime) -> Bool {
        var entry = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        return retrying { Int(poll(&entry, 1, deadline.pollTimeout)) } > 0
    }
}
