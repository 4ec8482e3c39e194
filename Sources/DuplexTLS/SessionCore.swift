internal import CWolfSSLShims
internal import DuplexLock

/// The state that the two halves of a session share, and the lock around all of it.
///
/// One lock hold covers at most one TLS record (I3). Nothing under the lock waits, logs or touches a socket (I2): the
/// library sees memory only. What it emits goes into the outbound queue, whole, always (I4), and leaves it through the
/// sending turn (I5). A failure of the transport is never told to the library (I6).
final class SessionCore: @unchecked Sendable {
    // Invariant for @unchecked Sendable: every stored `var`, and the object, are used only while `lock` is held; the
    // exception is the memory of `batch`, which the holder of the sending turn reads (see OutboundBatch).
    //
    // `unchecked` where the run time would look, with every record, for an access inside of an access. There is none: no
    // method of theirs calls back, and flush(waiting:_:) has copied what it sends before it lets the caller's code run.
    private let lock = Lock()
    private let turnGivenUp = Condition()
    private let object: WolfSSLObject
    @exclusivity(unchecked) private var closeState = CloseState()
    @exclusivity(unchecked) private var turn = SendingTurn()
    @exclusivity(unchecked) private var batch = OutboundBatch()
    private var info: SessionInfo?
    private var frame: duplex_record_frame?
    /// Bytes in the window's output that reads emitted.
    private var readerOutput = 0
    private var hasPendingPlaintext = false
    @exclusivity(unchecked) private var restingHalves: SessionHalves = []
    /// Records written with the same key, or fewer.
    private var recordsWritten = 0

    /// Room that a record of `n` bytes of plaintext may take beyond them: header, explicit nonce, tag, and a KeyUpdate
    /// that the library may put before it.
    static let recordOverhead = 1024

    init(context: TLSContext, serverName: String?) throws(TLSError) {
        object = try WolfSSLObject(context: context, serverName: serverName, lock: lock)
    }

    deinit { batch.free() }

    var sessionInfo: SessionInfo? { lock.withLock { info } }
    /// How records frame what is written; nil before the handshake is complete.
    var recordFrame: duplex_record_frame? { lock.withLock { frame } }
    var failure: TLSError? { lock.withLock { closeState.failure } }

    // MARK: The handshake, from either half

    /// One step with the first record of `ciphertext`, or with none.
    func handshake(_ ciphertext: UnsafeRawBufferPointer) throws(TLSError) -> HandshakeProgress {
        let record = RecordLayer.firstRecordSize(ciphertext) ?? 0
        lock.lock()
        defer { lock.unlock() }
        restingHalves = []
        if let failure = closeState.failure { throw failure }
        if info != nil {
            return HandshakeProgress(consumed: 0, isComplete: true, needsInput: false, hasOutput: hasOutput)
        }
        let outcome = lend(UnsafeRawBufferPointer(rebasing: ciphertext.prefix(record))) { object.handshake() }
        switch outcome {
        case .done:
            let info = object.info()
            self.info = info
            frame = RecordLayer.frame(info, plaintext: object.recordPlaintext)
        case .needsInput: break
        case .closeNotify:
            throw fail(
                TLSError(
                    category: .handshake,
                    reason: "the peer closed during the handshake",
                    alertReceived: .closeNotify
                )
            )
        case .failed(let error): throw fail(error)
        }
        let rest = UnsafeRawBufferPointer(rebasing: ciphertext[record...])
        return HandshakeProgress(
            consumed: record,
            isComplete: info != nil,
            needsInput: info == nil && RecordLayer.firstRecordSize(rest) == nil,
            hasOutput: hasOutput
        )
    }

    // MARK: Reading

    /// Decrypts the first record of `ciphertext` into `plaintext`.
    func read(
        _ ciphertext: UnsafeRawBufferPointer,
        into plaintext: UnsafeMutableRawBufferPointer
    ) throws(TLSError) -> ReadProgress {
        let record = RecordLayer.firstRecordSize(ciphertext)
        lock.lock()
        defer { lock.unlock() }
        if let end = try endOfReading(ciphertext.count) { return end }
        guard hasPendingPlaintext || record != nil else { return Self.needsInput }
        let taken = hasPendingPlaintext ? 0 : record ?? 0
        let progress = try readRecord(UnsafeRawBufferPointer(rebasing: ciphertext.prefix(taken))) {
            object.read(into: plaintext)
        }
        hasPendingPlaintext = progress.produced == plaintext.count && object.pendingPlaintext > 0
        return progress
    }

    /// Decrypts the first record of `ciphertext` where it lies.
    func open(_ ciphertext: UnsafeMutableRawBufferPointer) throws(TLSError) -> OpenProgress {
        let size = RecordLayer.firstRecordSize(UnsafeRawBufferPointer(ciphertext))
        lock.lock()
        defer { lock.unlock() }
        if let end = try endOfReading(ciphertext.count) { return OpenProgress(end, start: 0) }
        guard !hasPendingPlaintext else {
            throw TLSError(category: .misuse, reason: "a record is opened before the last one was read whole")
        }
        guard let size else { return OpenProgress(Self.needsInput, start: 0) }
        let record = UnsafeMutableRawBufferPointer(rebasing: ciphertext.prefix(size))
        var start = 0
        let progress = try readRecord(UnsafeRawBufferPointer(record)) {
            let opened = object.open(record, largest: frame?.plaintext ?? 0)
            start = opened.start
            return opened.outcome
        }
        return OpenProgress(progress, start: start)
    }

    private static let needsInput = ReadProgress(consumed: 0, produced: 0, state: .needsInput, hasOutput: false)

    /// What a read comes to whose session has ended: after close_notify, all of the ciphertext is discarded.
    private func endOfReading(_ ciphertextCount: Int) throws(TLSError) -> ReadProgress? {
        restingHalves.remove(.reader)
        if closeState.isPeerClosed {
            return ReadProgress(consumed: ciphertextCount, produced: 0, state: .closed, hasOutput: false)
        }
        if let failure = closeState.failure { throw failure }
        return nil
    }

    /// Lends `record` to the library for one call, which reads at most that one.
    private func readRecord(
        _ record: UnsafeRawBufferPointer,
        _ call: () -> WolfSSLObject.Outcome
    ) throws(TLSError) -> ReadProgress {
        let outputBefore = object.window.pointee.output_count
        let outcome = lend(record, to: call)
        // close_notify is the last thing that is sent (I7): a KeyUpdate or a damaged record after it goes unanswered.
        if closeState.isCloseNotifyQueued { object.window.pointee.output_count = outputBefore }
        let emitted = object.window.pointee.output_count - outputBefore
        readerOutput += emitted
        var produced = 0
        var state = ReadProgress.State.open
        switch outcome {
        case .done(let count): produced = count
        case .needsInput: break
        case .closeNotify:
            closeState.peerClosed()
            state = .closed
        case .failed(let error):
            throw fail(error)
        }
        if readerOutput > SessionLimits.readerOutputLimit {
            throw fail(
                TLSError(
                    category: .outputFlood,
                    reason:
                        "the peer asks for answers and does not read them: over \(SessionLimits.readerOutputLimit) bytes wait"
                )
            )
        }
        return ReadProgress(consumed: record.count, produced: produced, state: state, hasOutput: emitted > 0)
    }

    // MARK: Writing

    /// Encrypts the start of `plaintext`, at most one record, into the outbound queue.
    func write(_ plaintext: UnsafeRawBufferPointer) throws(TLSError) -> Int {
        let record = UnsafeRawBufferPointer(rebasing: plaintext.prefix(RecordLayer.plaintextLimit))
        guard !record.isEmpty else { return 0 }
        lock.lock()
        defer { lock.unlock() }
        restingHalves.remove(.writer)
        if let refusal = closeState.writeRefusal { throw refusal }
        guard info != nil else { throw TLSError(category: .misuse, reason: "a write before the handshake is complete") }
        try changeKeyInTime()
        try reserve(record.count)
        return try finishWrite(object.write(record))
    }

    /// Takes the first `count` bytes of plaintext in `buffer` over, to be encrypted by ``writeStaged()`` where they
    /// lie. The writer gets another buffer for it. Until all is encrypted, nothing that the session emits is sent.
    func stage(_ buffer: inout OutboundBuffer, frame: duplex_record_frame, count: Int) throws(TLSError) {
        lock.lock()
        defer { lock.unlock() }
        restingHalves.remove(.writer)
        if let refusal = closeState.writeRefusal { throw refusal }
        guard duplex_transport_stage(object.window, &buffer.base, &buffer.capacity, frame, count) == 0 else {
            throw fail(TLSError(category: .library, reason: "no memory for a record"))
        }
    }

    /// Encrypts the next record of what was staged. Returns whether there is more.
    func writeStaged() throws(TLSError) -> Bool {
        lock.lock()
        defer { lock.unlock() }
        if let refusal = closeState.writeRefusal { throw refusal }
        try changeKeyInTime()
        _ = try finishWrite(object.writeStaged())
        return isStaging
    }

    private func finishWrite(_ outcome: WolfSSLObject.Outcome) throws(TLSError) -> Int {
        switch outcome {
        case .done(let count):
            recordsWritten += 1
            return count
        case .needsInput, .closeNotify:
            // The library waits for input only during a handshake, and there is no renegotiation.
            throw fail(TLSError(category: .protocolViolation, reason: "wolfSSL_write asked for input"))
        case .failed(let error): throw fail(error)
        }
    }

    /// Queues a KeyUpdate before a key has protected too many records (RFC 8446 §5.5). wolfSSL 5.5.4 means to do it
    /// inside of wolfSSL_write, where it would be written over staged plaintext, but with 2^40.5 for 2^24.5 never comes
    /// to it.
    private func changeKeyInTime() throws(TLSError) {
        guard recordsWritten >= SessionLimits.recordsPerKey, info?.version == .tls13 else { return }
        if case .failed(let error) = object.updateKeys() { throw fail(error) }
        recordsWritten = 0
    }

    /// Leaves the writer the buffer of what has been sent.
    func reclaim(_ buffer: inout OutboundBuffer) {
        lock.lock()
        defer { lock.unlock() }
        if !turn.isHeld, batch.isEmpty { batch.exchange(with: &buffer) }
    }

    /// Puts close_notify into the outbound queue, once.
    func close() {
        lock.lock()
        defer { lock.unlock() }
        restingHalves.remove(.writer)
        guard info != nil, closeState.shouldQueueCloseNotify() else { return }
        if case .failed(let error) = object.shutdown() { _ = fail(error) }
    }

    func updateKeys() throws(TLSError) {
        lock.lock()
        defer { lock.unlock() }
        restingHalves.remove(.writer)
        if let refusal = closeState.writeRefusal { throw refusal }
        guard let info, info.version == .tls13 else {
            throw TLSError(category: .misuse, reason: "KeyUpdate needs a finished TLS 1.3 handshake")
        }
        try reserve(0)
        if case .failed(let error) = object.updateKeys() { throw fail(error) }
    }

    // MARK: The sending turn

    /// Sends what the core has produced, batch by batch, with the lock released.
    ///
    /// The queue is looked at again in the critical section that gives the turn up, so what the other half adds in the
    /// meantime, when it finds the turn taken, is never forgotten.
    ///
    /// - Parameter waiting: wait for the turn while the other half holds it; else leave the work to it.
    func flush(waiting: Bool, _ send: (UnsafeRawBufferPointer) -> Int) -> FlushOutcome {
        lock.lock()
        while !turn.take() {
            guard waiting else {
                lock.unlock()
                return .leftToHolder
            }
            turn.isWanted = true
            turnGivenUp.wait(lock)
            turn.isWanted = false
        }
        while takeBatch() {
            let rest = batch.rest
            lock.unlock()
            let count = send(rest)
            lock.lock()
            batch.advance(by: count)
            if count < rest.count { return giveUpTurn(.pending) }
        }
        return giveUpTurn(isStaging ? .leftToHolder : .flushed)
    }

    /// Makes sure that `batch` holds something to send; false when there is nothing.
    private func takeBatch() -> Bool {
        guard batch.isEmpty else { return true }
        // While plaintext is staged behind it, what is emitted is left to the writer, which sends it all in a moment.
        guard object.window.pointee.output_count > 0, !isStaging else { return false }
        batch.exchange(with: &object.window.pointee)
        readerOutput = 0
        return true
    }

    private func giveUpTurn(_ outcome: FlushOutcome) -> FlushOutcome {
        let isWanted = turn.giveUp()
        lock.unlock()
        if isWanted { turnGivenUp.signal() }
        return outcome
    }

    /// Notes that these halves are not used for a while. Frees the outbound buffers if they are empty and nobody is
    /// sending; folds the object until its next use if no half of the session uses it meanwhile.
    func rest(_ halves: SessionHalves) {
        lock.lock()
        defer { lock.unlock() }
        restingHalves.formUnion(halves)
        if info != nil, restingHalves.union(closeState.endedHalves) == .both { object.fold() }
        guard !turn.isHeld, batch.isEmpty, object.window.pointee.output_count == 0, !isStaging else { return }
        batch.free()
        batch.exchange(with: &object.window.pointee)
        batch.free()
    }

    // MARK: Under the lock

    private var isStaging: Bool { object.window.pointee.staged > 0 }

    private var hasOutput: Bool { object.window.pointee.output_count > 0 || !batch.isEmpty }

    /// Lends `ciphertext` to the library for the length of one call.
    private func lend(
        _ ciphertext: UnsafeRawBufferPointer,
        to call: () -> WolfSSLObject.Outcome
    ) -> WolfSSLObject.Outcome {
        object.window.pointee.input = ciphertext.baseAddress?.assumingMemoryBound(to: UInt8.self)
        object.window.pointee.input_left = ciphertext.count
        defer {
            object.window.pointee.input = nil
            object.window.pointee.input_left = 0
        }
        return call()
    }

    private func reserve(_ plaintextCount: Int) throws(TLSError) {
        guard duplex_transport_reserve(object.window, plaintextCount + Self.recordOverhead) == 0 else {
            throw fail(TLSError(category: .library, reason: "no memory for a record"))
        }
    }

    private func fail(_ error: TLSError) -> TLSError {
        closeState.failed(error)
        duplex_transport_unstage(object.window)
        return error
    }
}
