// Client to backend, one thread per connection:
//   1. wait for ciphertext or a stop signal                    (no lock held)
//   2. have the core decrypt it where it lies, record by record (lock held for one record, no system calls)
//   3. send the plaintext to the backend from there            (no lock held)
//   4. send what reading made the core emit, without waiting   (no lock held)
//   5. at the end of the stream, do what the close table says

internal import DuplexPosix
internal import DuplexTLS
internal import Synchronization

/// The reader's direction of one connection.
struct ClientToBackend: ~Copyable {
    private let connection: Connection
    private let backend: Socket
    private let engine: EngineCore
    private var half: ReadHalf
    private var ciphertext: CiphertextBuffer
    /// The writer, until it has a thread of its own.
    private let exchange: FirstExchange
    /// True while the core has output that the client's socket did not take.
    private var hasUnsentOutput = false
    private var pausesWhenIdle = false
    private var isPaused = false
    private var moving: MovingMark
    /// True once the client's TCP stream has ended: nothing is left to read from it.
    private var isClientAtEnd = false
    /// What the session failed with.
    private var failure: TLSError?

    init(
        _ connection: Connection,
        backend: Socket,
        half: consuming ReadHalf,
        ciphertext: consuming CiphertextBuffer,
        exchange: FirstExchange,
        engine: EngineCore
    ) {
        self.connection = connection
        self.backend = backend
        self.half = half
        self.ciphertext = ciphertext
        self.exchange = exchange
        self.engine = engine
        moving = MovingMark(connection.polls)
    }

    /// What the direction ended with.
    struct End {
        var isClientAtEnd: Bool
        var failure: TLSError?
    }

    /// What a run came to.
    enum Pause { case idle, ended }

    /// Moves bytes until the direction ends; if `untilIdle`, no longer than until the client has been silent for a
    /// moment. After `idle`, a further run goes on where this one stopped, on whatever thread.
    mutating func run(untilIdle: Bool) -> Pause {
        pausesWhenIdle = untilIdle
        connection.readerStarvation.forget()
        if isPaused {
            isPaused = false
            releaseMemory()
            guard waitForClient() else { return .ended }
        }
        forward()
        return isPaused ? .idle : .ended
    }

    /// Gives the buffers back and tells how the direction ended.
    consuming func end() -> End {
        moving.set(false)
        ciphertext.release()
        return End(isClientAtEnd: isClientAtEnd, failure: failure)
    }

    private mutating func forward() {
        while forwardBuffered() {
            if connection.stop.isStopped { return stopped(isComplete: true) }
            guard receive() else { return }
        }
    }

    // MARK: Decrypting and sending

    /// Decrypts and sends everything that is buffered. Returns whether the direction goes on.
    private mutating func forwardBuffered() -> Bool {
        while !ciphertext.isEmpty {
            switch forwardBatch() {
            case .open: continue
            case .needsInput: return true
            case .closed:
                clientClosed()
                return false
            case .failed:
                sessionFailed()
                return false
            case nil: return false
            }
        }
        return true
    }

    /// Decrypts as much as one call can send, and sends it. Returns nil when the direction has ended.
    private mutating func forwardBatch() -> BatchState? {
        var state: BatchState?
        IOVector.withEmpty { plaintext in
            let batch = decrypt(&plaintext)
            // Known before the backend is waited for: a backend that does not read must not hold back an answer.
            if batch.hasOutput { hasUnsentOutput = true }
            if plaintext.byteCount > 0, !send(&plaintext) { return }
            if hasUnsentOutput { flush() }
            state = batch.state
        }
        return state
    }

    private enum BatchState { case open, needsInput, closed, failed }

    /// Decrypts records where they lie until no whole one is left, or `plaintext` is full, which gets what is to be
    /// sent. That lies in the buffer of the ciphertext, until the next is received.
    private mutating func decrypt(_ plaintext: inout IOVector) -> (hasOutput: Bool, state: BatchState) {
        var hasOutput = false
        while !plaintext.isFull {
            do throws(TLSError) {
                let content = ciphertext.content
                let progress = try half.open(content)
                ciphertext.consume(progress.consumed)
                hasOutput = hasOutput || progress.hasOutput
                plaintext.gather(UnsafeMutableRawBufferPointer(rebasing: content[progress.plaintext]))
                if progress.state == .closed { return (hasOutput, .closed) }
                if progress.state == .needsInput || ciphertext.isEmpty { return (hasOutput, .needsInput) }
            } catch {
                failure = error
                return (true, .failed)
            }
        }
        return (hasOutput, .open)
    }

    /// Sends all of `bytes` to the backend. Returns whether the direction goes on.
    private mutating func send(_ bytes: inout IOVector) -> Bool {
        connection.noteRequest()
        while bytes.byteCount > 0 {
            connection.backendSends.begin()
            let outcome = exchange.isOpen ? backend.sendNow(bytes) : backend.send(bytes)
            if case .failed(let code) = outcome { connection.noteBackendFailure(code, on: backend) }
            // After a short count the mark stays: on a Unix socket the error that cut it short is lost, and only the
            // next send, which follows at once, tells of it.
            if case .bytes(let count) = outcome, count < bytes.byteCount {} else { connection.backendSends.end() }
            switch outcome {
            case .bytes(let count):
                bytes.removeFirst(count)
                connection.bytesToBackend.add(UInt64(count), ordering: .relaxed)
            case .failed(let code):
                // A backend that is still there waits for the rest of the upload; it is not kept waiting.
                if SystemCallError.isShortage(code) { return fail(with: .noResources) }
                backendWriteFailed()
                return false
            case .full:
                if exchange.isOpen {
                    // Once the writer has its thread, the send itself may wait.
                    if exchange.handOver() { continue }
                    stopped(isComplete: false)
                    return false
                }
                guard waitForBackend() else { return false }
            }
        }
        return true
    }

    /// Waits until the backend takes bytes again; meanwhile sends what the core has emitted, and notices a client that
    /// resets the connection. Returns whether the direction goes on.
    private mutating func waitForBackend() -> Bool {
        var isClientWatched = true
        while true {
            let clientInterest: Readiness = hasUnsentOutput ? .writable : []
            let outcome = connection.polls.whileResting {
                Wait.until(
                    backend,
                    is: .writable,
                    or: isClientWatched ? (connection.client, clientInterest) : nil,
                    stop: connection.stop
                )
            }
            switch outcome {
            case .stopped, .timedOut:
                stopped(isComplete: false)
                return false
            case .ready(let backendState, let clientState):
                if clientState.contains(.failed) {
                    clientReset()
                    return false
                }
                // Both directions of the client's stream have ended; bytes of it may still wait in our buffer.
                if clientState.contains(.hungUp) { isClientWatched = false }
                if clientState.contains(.writable) { flush() }
                if !backendState.isEmpty { return true }
            }
        }
    }

    /// Sends what the core has emitted as far as the client's socket takes it now.
    private mutating func flush() {
        let connection = connection
        let outcome = half.flush { bytes in
            var sent = 0
            while sent < bytes.count {
                switch connection.client.sendNow(UnsafeRawBufferPointer(rebasing: bytes[sent...])) {
                case .bytes(let count): sent += count
                case .full: return sent
                case .failed(let code):
                    connection.noteClientFailure(code)
                    return sent
                }
            }
            return sent
        }
        hasUnsentOutput = outcome == .pending
    }

    // MARK: Receiving

    /// Receives once; waits for as long as it takes. Returns whether the direction goes on.
    private mutating func receive() -> Bool {
        while true {
            if hasUnsentOutput, !waitForClient() { return false }
            let found = exchange.isOpen ? exchange.wait(for: .readable) : .handedOver
            if found == .stopped || found == .writerEnded && connection.stop.isStopped {
                stopped(isComplete: true)
                return false
            }
            let outcome =
                switch found {
                case .silent: ReceiveOutcome.idle
                case .ready: ciphertext.receiveNow(from: connection.client)
                default: ciphertext.receive(from: connection.client)
                }
            switch outcome {
            case .bytes(let count):
                connection.readerStarvation.moved(count, beside: engine.handshakes)
                return true
            case .endOfStream:
                isClientAtEnd = true
                if connection.isClientEndClean() { clientTruncated() } else { clientReset() }
                return false
            case .failed:
                isClientAtEnd = true
                clientReset()
                return false
            case .idle where exchange.isOpen: continue
            case .idle:
                if pausesWhenIdle {
                    moving.set(false)
                    isPaused = true
                    releaseBuffers()
                    return false
                }
                releaseMemory()
                if !waitForClient() { return false }
            }
        }
    }

    /// Waits until the client has sent something, sending what the core has emitted. Returns whether it goes on.
    private mutating func waitForClient() -> Bool {
        guard exchange.handOver() else {
            stopped(isComplete: true)
            return false
        }
        moving.set(false)
        defer { moving.set(true) }
        while true {
            let interest: Readiness = hasUnsentOutput ? [.readable, .writable] : .readable
            guard case .ready(let state, _) = Wait.until(connection.client, is: interest, stop: connection.stop) else {
                stopped(isComplete: true)
                return false
            }
            if hasUnsentOutput, state.contains(.writable) { flush() }
            if state != .writable { return true }
        }
    }

    /// Before a wait without end: nothing is kept that the wait does not need.
    private mutating func releaseMemory() {
        releaseBuffers()
        half.rest()
        engine.releaseThreadMemory()
    }

    private mutating func releaseBuffers() {
        ciphertext.releaseIfEmpty()
    }

    // MARK: Ends

    private mutating func clientClosed() {
        let actions = connection.handle(.clientClosed)
        if actions.contains(.finishBackend) { backend.finish() }
        watchClient()
    }

    private mutating func clientTruncated() {
        // Nothing is buffered but a part of a record, which was never authenticated and is no data.
        let actions = connection.handle(.clientTruncated)
        if actions.contains(.finishBackend) { backend.finish() }
        watchForReset()
    }

    private func clientReset() { _ = connection.handle(.clientReset) }

    private mutating func backendWriteFailed() {
        let actions = connection.handle(.backendWriteFailed)
        if actions.contains(.discardClientInput) { watchClient() }
    }

    private mutating func stopped(isComplete: Bool) {
        let actions = connection.handle(.readerStopped(isComplete: isComplete))
        if actions.contains(.finishBackend) { backend.finish() }
    }

    /// The library's alert is in the outbound queue and goes out as far as the client's socket takes it. What it does
    /// not take now is never sent, and a client that floods without reading is not waited for: both end by RST.
    private mutating func sessionFailed() {
        flush()
        let reason = failure.map { CloseReason($0) } ?? .clientViolation
        if hasUnsentOutput || reason == .outputFlood { connection.noteReplyStuck() }
        _ = connection.handle(.sessionFailed(reason))
    }

    private func fail(with reason: CloseReason) -> Bool {
        _ = connection.handle(.sessionFailed(reason))
        return false
    }

    /// Reads and discards what the client still sends, until its stream ends or the writer is done.
    ///
    /// After close_notify nothing more counts (RFC 8446 §6.1); behind a backend that does not read any more, discarding
    /// keeps the client from being blocked while the reply is on its way.
    private mutating func watchClient() {
        var discarded = 0
        releaseBuffers()
        guard connection.beginWatching() else { return }
        while discarded < EngineLimits.discardLimit {
            if hasUnsentOutput, !waitForClient() { return }
            if exchange.isOpen {
                let found = exchange.wait(for: .readable)
                if found == .writerEnded || found == .stopped { return }
            }
            switch exchange.isOpen ? connection.client.discardNow() : connection.client.discard() {
            case .bytes(let count): discarded += count
            case .endOfStream:
                isClientAtEnd = true
                return watchForReset()
            case .failed:
                isClientAtEnd = true
                return clientReset()
            case .idle where exchange.isOpen: continue
            case .idle:
                if !waitForClient() { return }
            }
            if connection.stop.isStopped { return }
        }
    }

    /// After the end of the client's stream, waits for the writer's end and notices a client that resets the connection
    /// while the backend is still at work.
    private mutating func watchForReset() {
        moving.set(false)
        guard connection.beginWatching() else { return }
        if exchange.isOpen, !hasUnsentOutput {
            switch exchange.wait(for: []) {
            case .ready(let state):
                if state.contains(.failed) { clientReset() }
                return
            case .silent, .handedOver: break
            case .writerEnded, .stopped: return
            }
        }
        guard exchange.handOver(orEnd: false) else { return }
        // Most connections end within a moment of this, without a wake-up descriptor and a poll.
        if connection.waitForWriter(until: .now.advanced(by: EngineLimits.patience)) { return }
        while true {
            let interest: Readiness = hasUnsentOutput ? .writable : []
            guard case .ready(let state, _) = Wait.until(connection.client, is: interest, stop: connection.stop) else {
                return
            }
            if state.contains(.failed) { return clientReset() }
            guard state == .writable else { return }
            flush()
        }
    }
}
