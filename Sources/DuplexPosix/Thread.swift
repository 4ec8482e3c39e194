internal import CLinux
internal import CPages
internal import DuplexLock
internal import Glibc

/// A thread with a name and a bounded stack. Must be joined or detached.
public struct Thread: ~Copyable {
    private let handle: pthread_t

    /// Starts a thread.
    ///
    /// - Parameters:
    ///   - name: shown by `ps -L` and in crash reports; the kernel keeps 15 bytes.
    ///   - stackSize: bytes of address space; a page costs memory when it is first touched.
    /// - Throws: ``SystemCallError``: EAGAIN when the process or the system has no thread left.
    public init(
        name: String,
        stackSize: Int,
        body: @escaping @Sendable () -> Void
    ) throws(SystemCallError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(
            &attributes,
            Self.wholePages(max(stackSize, Self.leastStackSize)) - pages_stack_shift()
        )
        let start = Unmanaged.passRetained(Start(name: name, body: body))
        var handle = pthread_t()
        let status = pthread_create(&handle, &attributes, Self.entry, start.toOpaque())
        guard status == 0 else {
            start.release()
            throw SystemCallError("pthread_create", name, code: status)
        }
        self.handle = handle
    }

    /// Waits for the thread's end.
    public consuming func join() {
        HeldLocks.assertNone(before: "pthread_join")
        pthread_join(handle, nil)
        discardHandle()
    }

    /// Lets the thread end by itself; nobody waits for it.
    public consuming func detach() {
        pthread_detach(handle)
        discardHandle()
    }

    private consuming func discardHandle() {}

    /// Gives the calling thread another name; the kernel keeps 15 bytes.
    public static func rename(_ name: String) { linux_set_thread_name(name) }

    /// Gives back what the calling thread keeps in memory for nothing: the pages of its stack below its frames, and
    /// pages of zeros in its thread-local storage. Worth calling before a long wait; they come back when they are
    /// touched. Does nothing on a thread that this type did not start.
    public static func releaseUnusedMemory() { pages_release_stack() }

    /// Processor time that the calling thread has used so far.
    public static var processorTime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }

    /// For how long the calling thread has run so far, and for how long it could have run but had no processor; nil where
    /// the kernel does not tell (Linux: Documentation/scheduler/sched-stats.rst, "/proc/<pid>/schedstat").
    public static var processorShare: (ran: Duration, waited: Duration)? {
        let file = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        return withUnsafeTemporaryAllocation(byteCount: 80, alignment: 1) { buffer in
            let count = read(file, buffer.baseAddress, buffer.count)
            let numbers = buffer.prefix(max(count, 0)).split(separator: UInt8(ascii: " ")).prefix(2)
            let values = numbers.compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
            return values.count == 2 ? (.nanoseconds(values[0]), .nanoseconds(values[1])) : nil
        }
    }

    /// Lets the calling thread wait for `duration`, and for nothing else.
    public static func pause(for duration: Duration) {
        HeldLocks.assertNone(before: "Thread.pause")
        let end = MonotonicTime.now.advanced(by: duration).nanoseconds
        var time = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR { continue }
    }

    /// Lets another thread run.
    public static func yield() { sched_yield() }

    private static func wholePages(_ size: Int) -> Int {
        let page = Int(getpagesize())
        return (size + page - 1) / page * page
    }

    /// What the sanitizers' run-times need on top of a body that is content with less.
    private static let leastStackSize = 64 * 1024

    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    private static let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        guard let argument else { return nil }
        pages_begin_stack()
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        rename(start.name)
        start.body()
        return nil
    }
}
