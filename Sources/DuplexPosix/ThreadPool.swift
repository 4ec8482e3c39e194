internal import DuplexLock

/// Threads that are kept for a moment after their work, for the next piece of it.
///
/// Each piece of work has a thread to itself from its first to its last statement; what is spared is the thread's start
/// and end: measured, 70 µs of processor time of the 690 µs that a short connection with two threads took. A thread
/// that is not wanted again within ``spareTime`` ends.
///
/// - Thread: any.
public final class ThreadPool: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `spare`, `isClosed` and the state of every worker are used only while `lock` is
    // held.
    private let lock = Lock()
    private let stackSize: Int
    private let whenLoadFalls: @Sendable () -> Void
    private var spare: [Worker] = []
    private var isClosed = false

    /// How long a thread waits for its next work.
    public static let spareTime = Duration.seconds(2)
    /// How many threads wait at the most; one more ends at once.
    public static let spareLimit = 64
    /// What a thread without work is called.
    public static let spareName = "spare"

    /// - Parameters:
    ///   - stackSize: address space of each thread's stack, bytes.
    ///   - whenLoadFalls: called by a thread that ends because nothing has come for it.
    public init(stackSize: Int, whenLoadFalls: @escaping @Sendable () -> Void = {}) {
        self.stackSize = stackSize
        self.whenLoadFalls = whenLoadFalls
    }

    /// Runs `body` on a thread of its own, which bears `name` meanwhile.
    ///
    /// - Throws: ``SystemCallError``: EAGAIN when the process or the system has no thread left.
    public func run(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        let work = Work(name: name, body: body)
        if hand(work) { return }
        // The thread's closure lives as long as the thread: it must not hold the work.
        let worker = Worker(work)
        try Thread(name: name, stackSize: stackSize) { [self] in serve(worker) }.detach()
    }

    /// Ends the threads that wait for work; those at work end after it.
    public func close() {
        let ending = lock.withLock {
            isClosed = true
            defer { spare.removeAll() }
            return spare
        }
        for worker in ending { worker.wakeUp.signal() }
    }

    private struct Work: Sendable {
        let name: String
        let body: @Sendable () -> Void
    }

    /// A thread of the pool. Its `work` is guarded by the pool's lock. Another thread that takes it out of `spare` signals
    /// `wakeUp`, once.
    private final class Worker: @unchecked Sendable {
        var work: Work?
        let wakeUp = Semaphore()

        init(_ work: Work) { self.work = work }
    }

    /// Hands `work` to the thread whose caches are the warmest: the one that came last. False when none waits.
    private func hand(_ work: Work) -> Bool {
        let worker = lock.withLock {
            let worker = spare.popLast()
            worker?.work = work
            return worker
        }
        // After the lock, which the thread that wakes up takes.
        worker?.wakeUp.signal()
        return worker != nil
    }

    private func serve(_ worker: Worker) {
        while let work = take(worker) {
            Thread.rename(work.name)
            work.body()
        }
        // The C library keeps the stack for the next thread, and of its upper end every page.
        Thread.releaseUnusedMemory()
    }

    /// The worker's work, waiting for it; nil when none came in time, or none will come any more.
    private func take(_ worker: Worker) -> Work? {
        if let work = lock.withLock({ worker.work.take() }) { return work }
        let deadline = MonotonicTime.now.advanced(by: Self.spareTime)
        let waits = lock.withLock {
            let waits = !isClosed && spare.count < Self.spareLimit
            if waits { spare.append(worker) }
            return waits
        }
        guard waits else { return nil }
        Thread.rename(Self.spareName)
        if !worker.wakeUp.wait(untilNanoseconds: deadline.nanoseconds) {
            let isForgotten = lock.withLock {
                guard let index = spare.firstIndex(where: { $0 === worker }) else { return false }
                spare.remove(at: index)
                return true
            }
            if isForgotten {
                whenLoadFalls()
                return nil
            }
            // Somebody has just taken this thread out of `spare`: the signal is on its way.
            worker.wakeUp.wait()
        }
        return lock.withLock { worker.work.take() }
    }
}
