internal import DuplexPosix
internal import Glibc

/// What this process holds at one moment. Meaningful where one test has the process to itself.
public struct ProcessCensus: Sendable, CustomStringConvertible {
    /// Open descriptors.
    public let descriptors: Int
    /// The names of the threads of the engine, of the test backends and of the test, sorted. Left out are those of the
    /// run-time, which come and go as they like: they bear the process's name or that of a dispatch queue.
    public let threads: [String]
    /// Resident memory, bytes, after the allocator has given free pages back. Under AddressSanitizer, which keeps freed
    /// memory back to see late uses of it: what is allocated.
    public let residentBytes: Int

    /// Counts now.
    public init() {
        Self.giveFreePagesBack()
        let names = Self.entries("/proc/self/task").map { Self.text("/proc/self/task/\($0)/comm") }
        let own = Self.text("/proc/self/comm")
        threads = names.filter { !$0.isEmpty && $0 != own && !$0.contains("-qos") }.sorted()
        // One of them is the descriptor that lists the folder.
        descriptors = Self.entries("/proc/self/fd").count - 1
        let pages = Self.text("/proc/self/statm").split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        residentBytes = Self.allocatedBytes ?? pages * Int(getpagesize())
    }

    public var description: String {
        "\(descriptors) descriptors, \(residentBytes / 1024) KiB, threads \(threads.joined(separator: " "))"
    }

    /// The task number of the thread with this name; nil when there is none.
    public static func task(named name: String) -> String? {
        entries("/proc/self/task").first { text("/proc/self/task/\($0)/comm") == name }
    }

    /// Whether the thread with this name waits in poll(2).
    public static func isPolling(_ name: String) -> Bool {
        guard let task = task(named: name) else { return false }
        // The call's number, then its arguments (proc_pid_syscall(5)); 32-bit machines are not supported.
        return text("/proc/self/task/\(task)/syscall").hasPrefix("\(pollCall) ")
    }

    /// Whether the thread with this name sleeps, as proc_pid_stat(5) tells by its state S.
    public static func isAsleep(_ name: String) -> Bool {
        guard let task = task(named: name) else { return false }
        // The name before the state is in parentheses and can hold anything.
        let text = text("/proc/self/task/\(task)/stat")
        guard let end = text.lastIndex(of: ")") else { return false }
        return text[end...].dropFirst(2).first == "S"
    }

    #if arch(x86_64)
    private static let pollCall = 7
    #else
    /// ppoll(2), which the C library calls there (asm-generic/unistd.h).
    private static let pollCall = 73
    #endif

    /// malloc_trim(3), which Swift's Glibc module does not show.
    private static func giveFreePagesBack() {
        guard let symbol = dlsym(nil, "malloc_trim") else { return }
        let trim = unsafeBitCast(symbol, to: (@convention(c) (Int) -> Int32).self)
        _ = trim(0)
    }

    /// What AddressSanitizer's allocator has given out and not been given back (sanitizer/allocator_interface.h); nil
    /// without it.
    private static var allocatedBytes: Int? {
        guard let symbol = dlsym(nil, "__sanitizer_get_current_allocated_bytes") else { return nil }
        return unsafeBitCast(symbol, to: (@convention(c) () -> Int).self)()
    }

    private static func entries(_ folder: String) -> [String] {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name), let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            // Read where it lies: an entry ends with its name, so the whole field may reach beyond the folder's buffer.
            let start = UnsafeRawPointer(entry).advanced(by: offset)
            let name = String(cString: start.assumingMemoryBound(to: CChar.self))
            if name.first != "." { names.append(name) }
        }
        return names
    }

    /// A small file's text without the line's end; empty when it cannot be read.
    private static func text(_ path: String) -> String {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return "" }
        defer { close(number) }
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = read(number, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(count, 0)).prefix { $0 != 10 }, as: UTF8.self)
    }
}
