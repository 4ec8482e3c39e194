internal import CLinux
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
        pthread_attr_setstacksize(&attributes, max(stackSize, Self.leastStackSize))
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

    /// Lets another thread run.
    public static func yield() { sched_yield() }

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
        let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
        linux_set_thread_name(String(start.name.prefix(15)))
        start.body()
        return nil
    }
}
