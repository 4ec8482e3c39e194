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
        forward()
    }

    private mutating func forward() {
        while true {
            if connection.stop.isStopped { return stopped(isComplete: true) }
            guard let room = half.room(for: EngineLimits.batchSize) else {
                _ = connection.handle(.sessionFailed(.noResources))
                return
            }
            switch backend.receive(into: Self.vector(room)) {
            case .bytes(let count):
                guard send(received: count) else { return }
                connection.bytesToClient.add(UInt64(count), ordering: .relaxed)
                connection.writerStarvation.moved(count, beside: engine.handshakes)
            case .endOfStream:
                return connection.isBackendEndClean(backend) ? backendFinished() : backendReset()
            case .failed(let code):
                connection.noteBackendFailure(code, on: backend)
                // The backend is still there, and must not take a cut-off upload for a whole one.
                if SystemCallError.isShortage(code) {
                    _ = connection.handle(.sessionFailed(.noResources))
                    return
                }
                return backendReset()
            case .idle:
                releaseMemory()
                guard waitForBackend() else { return }
            }
        }
    }

    private static func vector(_ room: PlaintextRoom) -> IOVector {
        var vector = IOVector()
        // What the peer has bounded records to can make more pieces than one call fills.
        for index in 0..<min(room.count, IOVector.limit) { vector.append(room[index]) }
        return vector
    }

    // MARK: Encrypting and sending

    /// Encrypts and sends what was received. Returns whether the direction goes on.
    private mutating func send(received count: Int) -> Bool {
        do {
            try half.write(received: count)
        } catch {
            // The failure that ended the session; the reader, which may have seen it first, tells the same.
            _ = connection.handle(.sessionFailed(CloseReason(error)))
            return false
        }
        return flush()
    }

    /// Sends everything that the core has produced. Returns whether the direction goes on.
    private mutating func flush() -> Bool {
        let transmission = Transmission(connection, until: .stop)
        if half.flush({ transmission.send($0) }) == .flushed { return true }
        connection.noteReplyStuck()
        if transmission.hasFailed { clientReset() } else { stopped(isComplete: false) }
        return false
    }

    /// Waits until the backend has sent something. Returns whether the direction goes on.
    private mutating func waitForBackend() -> Bool {
        if case .ready = Wait.until(backend, is: .readable, stop: connection.stop) { return true }
        stopped(isComplete: true)
        return false
    }

    /// Before a wait without end: nothing is kept that the wait does not need.
    private mutating func releaseMemory() {
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
