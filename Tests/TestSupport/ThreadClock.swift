internal import Glibc

/// The processor time of one thread of this process. Holds the descriptor it needs, so that it can be read while the
/// process has none left.
public final class ThreadClock {
    private let number: Int32

    /// The clock of the thread with this name; nil when there is none.
    public init?(threadNamed name: String) {
        guard let task = ProcessCensus.task(named: name) else { return nil }
        number = open("/proc/self/task/\(task)/stat", O_RDONLY | O_CLOEXEC)
        if number < 0 { return nil }
    }

    deinit { close(number) }

    /// User and system time so far, milliseconds, in steps of the kernel's clock tick (10 ms).
    public var milliseconds: Int {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = pread(number, &buffer, buffer.count, 0)
        // proc_pid_stat(5): the name in parentheses may hold spaces; utime and stime are fields 14 and 15, the first
        // field behind the name is 3.
        let text = String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return 0 }
        return (user + system) * 1000 / max(sysconf(Int32(_SC_CLK_TCK)), 1)
    }
}
