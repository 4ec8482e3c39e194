// Backend to client, one thread per connection:
//   1. wait for plaintext or a stop signal                     (no lock held)
//   2. hand it to the core, one record at a time               (lock held for one record, no system calls)
//   3. take the sending turn and send all ciphertext           (no lock held)
//   4. at the end of the stream, do what the close table says

internal import DuplexPosix
internal import DuplexTLS
internal import Synchronization

/// The writer's direction of one connection.
struct BackendToClient: ~Copyable {
    private let connection: Connection
    private let backend: Socket
    private let engine: EngineCore
    private var half: WriteHalf
    /// Plaintext bytes whose ciphertext a step has left in the outbound queue.
    private var unsentCount = 0
    private var receiveSize = ReceiveSize()

    init(
        _ connection: Connection,
        backend: Socket,
        half: consuming WriteHalf,
        engine: EngineCore
    ) {
        self.connection = connection
        self.backend = backend
        self.half = half
        self.engine = engine
    }

    /// Moves bytes until the direction ends.
    consuming func run() {
        connection.polls.directionMoves()
        defer { connection.polls.directionRests() }
        guard flushRest() else { return }
        while true {
            if connection.stop.isStopped { return stopped(isComplete: true) }
            switch step(upTo: receiveSize.bytes, until: .stop) {
            case .moved(let count):
                connection.writerStarvation.moved(count, beside: engine.handshakes)
                receiveSize.received(count)
            case .idle:
                releaseMemory()
                guard waitForBackend() else { return }
            case .endOfStream: return backendEnded()
            case .unsent, .ended: return
            }
        }
    }

    /// What one receive and the sending of it came to.
    enum Step {
        /// So many bytes of plaintext were sent, 1 or more.
        case moved(Int)
        /// The backend has sent nothing.
        case idle
        /// The client's socket did not take everything at once: ``run()`` sends the rest first.
        case unsent
        /// The backend's stream is at its end, and ``backendEnded()`` is to be called.
        case endOfStream
        /// The direction has ended.
        case ended
    }

    /// Receives once, up to `size` bytes, and sends that.
    ///
    /// - Parameter limit: `now`: nothing is waited for, neither bytes nor a client that does not take them; `stop`: a
    ///   backend is waited for as long as the patience, and a client until the stop signal.
    mutating func step(upTo size: Int, until limit: Transmission.Limit) -> Step {
        guard let room = half.room(for: size) else {
            _ = connection.handle(.sessionFailed(.noResources))
            return .ended
        }
        switch receive(into: room, until: limit) {
        case .bytes(let count): return send(received: count, until: limit)
        case .endOfStream: return .endOfStream
        case .failed(let code):
            connection.noteBackendFailure(code, on: backend)
            // The backend is still there, and must not take a cut-off upload for a whole one.
            _ = connection.handle(SystemCallError.isShortage(code) ? .sessionFailed(.noResources) : .backendReset)
            return .ended
        case .idle: return .idle
        }
    }

    /// Does what the end of the backend's stream asks for. It waits for a client that does not take its close_notify.
    mutating func backendEnded() {
        if connection.isBackendEndClean(backend) { backendFinished() } else { backendReset() }
    }

    private func receive(into room: PlaintextRoom, until limit: Transmission.Limit) -> ReceiveOutcome {
        var outcome = ReceiveOutcome.idle
        IOVector.withEmpty { vector in
            // What the peer has bounded records to can make more pieces than one call fills.
            for index in 0..<min(room.count, IOVector.limit) { vector.append(room[index]) }
            outcome = if case .now = limit { backend.receiveNow(into: vector) } else { awaitReply(into: vector) }
        }
        return outcome
    }

    /// Receives what comes within the patience, waiting as this connection's replies have been found to come soonest.
    private func awaitReply(into vector: borrowing IOVector) -> ReceiveOutcome {
        let start: MonotonicTime? = connection.busyPoll.isTimed && mayPoll ? .now : nil
        var outcome = ReceiveOutcome.idle
        if let start, connection.busyPoll.way == .polling { outcome = poll(into: vector, from: start) }
        if case .idle = outcome { outcome = backend.receive(into: vector) }
        switch outcome {
        case .bytes(let count):
            let time = start.map { MonotonicTime.now.since($0).wholeNanoseconds }
            connection.busyPoll.received(count, after: time, request: connection.requests.load(ordering: .relaxed))
        case .idle: connection.busyPoll.fellSilent()
        case .endOfStream, .failed: break
        }
        return outcome
    }

    /// Whether nobody of the daemon's wants the processor that a poll would use.
    private var mayPoll: Bool { connection.polls.isGranted && !engine.handshakes.isCrowded }

    /// Asks for bytes until some are there, or the time of a poll is over; whoever else wants the processor comes first.
    private func poll(into vector: borrowing IOVector, from start: MonotonicTime) -> ReceiveOutcome {
        let end = start.advanced(by: connection.polls.duration)
        var last = start
        while true {
            let outcome = backend.receiveNow(into: vector)
            let now = MonotonicTime.now
            if connection.polls.isCrowdedOut(from: last, to: now) {
                connection.busyPoll.wasCrowdedOut()
                return outcome
            }
            guard case .idle = outcome else { return outcome }
            guard now < end else {
                connection.busyPoll.missed()
                return outcome
            }
            last = now
            Thread.yield()
        }
    }

    // MARK: Encrypting and sending

    private mutating func send(received count: Int, until limit: Transmission.Limit) -> Step {
        do {
            try half.write(received: count)
        } catch {
            // The failure that ended the session; the reader, which may have seen it first, tells the same.
            _ = connection.handle(.sessionFailed(CloseReason(error)))
            return .ended
        }
        let transmission = Transmission(connection, until: limit)
        if half.flush({ transmission.send($0) }) == .flushed {
            connection.bytesToClient.add(UInt64(count), ordering: .relaxed)
            return .moved(count)
        }
        if case .now = limit, !transmission.hasFailed {
            unsentCount = count
            return .unsent
        }
        cutOff(transmission)
        return .ended
    }

    /// Sends what a step has left. Returns whether the direction goes on.
    private mutating func flushRest() -> Bool {
        guard unsentCount > 0 else { return true }
        let transmission = Transmission(connection, until: .stop)
        guard half.flush({ transmission.send($0) }) == .flushed else {
            cutOff(transmission)
            return false
        }
        connection.bytesToClient.add(UInt64(unsentCount), ordering: .relaxed)
        return true
    }

    /// Ends the direction behind bytes that the client will never have.
    private mutating func cutOff(_ transmission: Transmission) {
        connection.noteReplyStuck()
        if transmission.hasFailed { clientReset() } else { stopped(isComplete: false) }
    }

    /// Waits until the backend has sent something. Returns whether the direction goes on.
    private mutating func waitForBackend() -> Bool {
        let outcome = connection.polls.whileResting { Wait.until(backend, is: .readable, stop: connection.stop) }
        if case .ready = outcome { return true }
        stopped(isComplete: true)
        return false
    }

    /// Before a wait without end: nothing is kept that the wait does not need.
    private mutating func releaseMemory() {
        receiveSize = ReceiveSize()
        half.rest()
        engine.releaseThreadMemory()
    }

    // MARK: Ends

    private mutating func backendFinished() {
        if connection.handle(.backendFinished).contains(.closeClient) { closeClient() }
    }

    private func backendReset() { _ = connection.handle(.backendReset) }

    private mutating func stopped(isComplete: Bool) {
        if connection.handle(.writerStopped(isComplete: isComplete)).contains(.closeClient) { closeClient() }
    }

    /// Sends close_notify and FIN. After a stop the wait for a client that does not read is short.
    private mutating func closeClient() {
        half.close()
        var transmission = Transmission(connection, until: .stop, precedesFinish: true)
        var outcome = half.flush { transmission.send($0) }
        if outcome != .flushed, !transmission.hasFailed {
            transmission = Transmission(
                connection,
                until: .deadline(.now.advanced(by: EngineLimits.lingerTimeWhenStopping)),
                precedesFinish: true
            )
            outcome = half.flush { transmission.send($0) }
        }
        if outcome == .flushed {
            // The last bytes leave with the FIN, or not at all.
            if !connection.finishClient() { clientReset() }
            return
        }
        connection.noteReplyStuck()
        if transmission.hasFailed { clientReset() }
    }

    private func clientReset() { _ = connection.handle(.clientReset) }
}
