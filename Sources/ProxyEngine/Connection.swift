internal import DuplexLock
internal import DuplexPosix
internal import DuplexTLS
internal import Synchronization

/// What the reader, the writer and the timekeeper of one connection share.
///
/// The threads move bytes with no lock held; what they learn goes into the close table under `lock`, and they act on
/// its answer after giving the lock up.
final class Connection: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `table`, `isWriterDone` and `isReaderWatching` are used only while `lock` is
    // held; `watch` only by the timekeeper, `busyPoll` only by the writer's thread; everything else is constant or an
    // atomic.
    let id: UInt64
    let definition: ProxyDefinition
    let client: Socket
    let clientAddress: SocketAddress
    let opened = MonotonicTime.now
    /// Wakes the threads when the connection is to end before its streams do.
    let stop = StopSignal()
    /// Plaintext bytes sent to the backend, and to the client. Written by one thread each at a time.
    let bytesToBackend = Atomic<UInt64>(0)
    let bytesToClient = Atomic<UInt64>(0)
    /// How many batches the reader has sent to the backend, or begun to send. Written by it alone.
    let requests = Atomic<UInt64>(0)
    /// Ciphertext bytes that the client's socket took, as they are taken. For the timekeeper.
    let progressToClient = Atomic<UInt64>(0)
    let clientSends = SendMark()
    let backendSends = SendMark()
    /// True when the service ends at once: nothing lingers.
    let isAbandoned = Atomic(false)
    /// The timekeeper's notes.
    var watch = ProgressWatch()
    /// What the reader's and the writer's thread know of their share of the processors, and the writer's of its waits,
    /// used by them alone. Here, since a waiting thread's stack has no room to spare: a few bytes more are a page more.
    let readerStarvation = StarvationWatch()
    let writerStarvation = StarvationWatch()
    /// Whether the writer may poll, and who counts against it.
    let polls: PollPermission
    // Asked with each message of the backend's. No use of it is inside another.
    @exclusivity(unchecked) var busyPoll: BusyPoll

    private let lock = Lock()
    private var table: CloseTable
    private let patienceNow = Atomic<UInt8>(CloseTable.Patience.idle.rawValue)
    private let isForwarding = Atomic(false)
    /// Guarded by `lock`; `writerEnded` is signalled once, after it became true.
    private var isWriterDone = false
    /// Guarded by `lock`: the reader has nothing more to forward and waits for the writer's end.
    private var isReaderWatching = false
    private let writerEnded = Semaphore()
    private let isClientFinished = Atomic(false)
    private let isReplyStuck = Atomic(false)
    private let isBackendKnownReset = Atomic(false)
    private let isClientKnownReset = Atomic(false)

    init(
        id: UInt64,
        definition: ProxyDefinition,
        client: Socket,
        clientAddress: SocketAddress,
        polls: PollPermission
    ) {
        self.id = id
        self.definition = definition
        self.client = client
        self.clientAddress = clientAddress
        self.polls = polls
        busyPoll = BusyPoll(limit: polls.duration)
        table = CloseTable(truncation: definition.truncation)
    }

    /// Tells the close table what happened and returns what to do; wakes the threads itself when they are to stop.
    func handle(_ event: CloseTable.Event) -> CloseTable.Actions {
        let actions = lock.withLock {
            let actions = table.handle(event)
            patienceNow.store(table.patience.rawValue, ordering: .relaxed)
            return actions
        }
        if actions.contains(.stop) { stop.stop() }
        return actions
    }

    /// Notes that a batch is about to be sent to the backend: before it is, since the reply can be there before the send
    /// returns.
    func noteRequest() { requests.store(requests.load(ordering: .relaxed) &+ 1, ordering: .relaxed) }

    /// The close table as it stands.
    var closing: CloseTable { lock.withLock { table } }

    /// Which timeout applies; nil while the handshake and the dialling run under deadlines of their own.
    var patience: CloseTable.Patience? {
        guard isForwarding.load(ordering: .acquiring), !stop.isStopped else { return nil }
        return CloseTable.Patience(rawValue: patienceNow.load(ordering: .relaxed))
    }

    /// Plaintext to the backend plus ciphertext to the client, bytes: grows whenever either direction moves.
    var progress: UInt64 {
        bytesToBackend.load(ordering: .relaxed) &+ progressToClient.load(ordering: .relaxed)
    }

    /// Sends FIN to the client, once. Returns false when the client's RST had come before.
    @discardableResult
    func finishClient() -> Bool {
        isClientFinished.exchange(true, ordering: .acquiringAndReleasing) || client.finish()
    }

    /// Notes that bytes for the client will never be sent: its socket must end by RST, a FIN behind them would wait for
    /// a client that does not read.
    func noteReplyStuck() { isReplyStuck.store(true, ordering: .releasing) }

    var isClientStuck: Bool { isReplyStuck.load(ordering: .acquiring) }

    /// Both directions are over: no timeout applies any more, and the reason stays.
    func settle() {
        isForwarding.store(false, ordering: .releasing)
        lock.withLock { table.settle() }
    }

    /// The writer's last word. Wakes a reader that only waits for it; before this, a reply that is still being sent to
    /// a slow client is not disturbed.
    func writerDone() {
        let isReaderWatching = lock.withLock {
            isWriterDone = true
            return self.isReaderWatching
        }
        writerEnded.signal()
        if isReaderWatching { stop.stop() }
    }

    /// The reader has nothing more to forward. Returns whether the writer is still at work; if so, its end is told by
    /// the stop signal.
    func beginWatching() -> Bool {
        lock.withLock {
            isReaderWatching = true
            return !isWriterDone
        }
    }

    /// Waits for the writer's last word. After it, the writer's thread touches no socket.
    func waitForWriter() {
        if !lock.withLock({ isWriterDone }) { writerEnded.wait() }
    }

    /// Waits a moment for the writer. Returns whether it is done.
    func waitForWriter(until deadline: MonotonicTime) -> Bool {
        // ThreadSanitizer does not follow this wait: the lock shows it what the writer did before.
        if !lock.withLock({ isWriterDone }), !writerEnded.wait(untilNanoseconds: deadline.nanoseconds) { return false }
        return lock.withLock { isWriterDone }
    }

    func beginForwarding() { isForwarding.store(true, ordering: .releasing) }

    /// Notes what a failed send or receive said, before the send mark is taken away.
    ///
    /// Every error but EPIPE (ECONNRESET, ETIMEDOUT, EHOSTUNREACH, ...) ended the stream both ways, uncleanly. On TCP,
    /// EPIPE means that FIN had come before the reset, or that the other thread was given the error. On a Unix socket that
    /// is closed on both sides it is also all that is left of a reset that came while a send was waiting; Linux cannot
    /// tell the two apart there, and a reply is rather called cut off than whole.
    func noteBackendFailure(_ code: Int32, on backend: Socket) {
        let isReset = code != SystemCallError.brokenPipe || (backend.isUnix && !backend.isPeerFinished)
        if isReset { isBackendKnownReset.store(true, ordering: .releasing) }
    }

    func noteClientFailure(_ code: Int32) {
        if code != SystemCallError.brokenPipe { isClientKnownReset.store(true, ordering: .releasing) }
    }

    /// Whether a receive of 0 bytes from the backend was its FIN, and not the trace of a reset whose error the reader's
    /// send was given.
    func isBackendEndClean(_ backend: Socket) -> Bool {
        if backend.isPeerFinished { return !isBackendKnownReset.load(ordering: .acquiring) }
        backendSends.waitUntilIdle { Thread.yield() }
        return !isBackendKnownReset.load(ordering: .acquiring)
    }

    /// The same for the client, whose pending error the writer's send may have been given.
    func isClientEndClean() -> Bool {
        if client.isPeerFinished { return !isClientKnownReset.load(ordering: .acquiring) }
        clientSends.waitUntilIdle { Thread.yield() }
        return !isClientKnownReset.load(ordering: .acquiring)
    }
}
