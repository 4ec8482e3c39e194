internal import Glibc

/// What standard error is connected to.
struct StandardErrorFacts: Sendable, Equatable {
    /// Device and inode as `$JOURNAL_STREAM` writes them, `DEVICE:INODE`; nil when there is no standard error.
    let identity: String?
    let isTerminal: Bool

    /// Those of this process.
    static var current: StandardErrorFacts {
        var status = stat()
        let identity = fstat(STDERR_FILENO, &status) == 0 ? "\(status.st_dev):\(status.st_ino)" : nil
        return StandardErrorFacts(identity: identity, isTerminal: isatty(STDERR_FILENO) == 1)
    }
}
