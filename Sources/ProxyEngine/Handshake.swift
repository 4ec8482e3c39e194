// From the first byte to a finished handshake, on the reader's thread, under one deadline:
//   1. receive until the ClientHello is whole; what cannot be one is answered with an alert   (no lock held)
//   2. in the gate, make the session, with the name that the client asks for, the first time; give the core one record
//      at a time                                                                             (lock held)
//   3. send what it answers                                                                   (no lock held)
//   4. what came after the client's Finished stays in the buffer, for ClientToBackend

internal import DuplexPosix
internal import DuplexTLS

/// Drives a server's handshake on one connection.
struct Handshake: ~Copyable {
    /// A finished handshake.
    struct Established: ~Copyable {
        let info: SessionInfo
        let serverName: String?
        let reader: ReadHalf
        let writer: WriteHalf
    }

    /// Why there is no session.
    struct Failure: Error {
        var reason: CloseReason
        var detail: String?
        var error: TLSError?
        var serverName: String?
    }

    private let connection: Connection
    private let gate: HandshakeGate
    private let deadline: MonotonicTime

    init(_ connection: Connection, gate: HandshakeGate) {
        self.connection = connection
        self.gate = gate
        deadline = connection.opened.advanced(by: connection.definition.timeouts.handshake)
    }

    /// Runs the handshake to its end.
    ///
    /// - Parameter ciphertext: the reader's buffer; afterwards it holds what the client sent after its last message.
    func run(_ ciphertext: inout CiphertextBuffer) throws(Failure) -> Established {
        let hello = try receiveHello(&ciphertext)
        var session = NewSession(connection.definition.context, serverName: hello.serverName)
        defer { TLSLibrary.releaseThreadCaches() }
        while true {
            let progress: HandshakeProgress
            do {
                let visit = try enterGate(hello.serverName)
                defer { gate.leave(visit) }
                progress = try session.advance(UnsafeRawBufferPointer(ciphertext.content))
            } catch {
                _ = session.reader?.flush { send($0) }
                throw error
            }
            ciphertext.consume(progress.consumed)
            if progress.hasOutput, session.reader?.flush({ send($0) }) != .flushed {
                throw failure(afterSend: hello.serverName)
            }
            if progress.isComplete, let established = session.established() { return established }
            if progress.needsInput { try receive(&ciphertext) }
        }
    }

    private func enterGate(_ serverName: String?) throws(Failure) -> HandshakeGate.Visit {
        switch gate.enter(until: deadline, stop: connection.stop) {
        case .entered(let visit): return visit
        case .timedOut: throw Failure(reason: .handshakeTimeout, serverName: serverName)
        case .stopped: throw Failure(reason: connection.closing.finalReason, serverName: serverName)
        }
    }

    /// Receives until the ClientHello is whole.
    private func receiveHello(_ ciphertext: inout CiphertextBuffer) throws(Failure) -> ClientHello {
        while true {
            switch ClientHello.parse(UnsafeRawBufferPointer(ciphertext.content), limit: EngineLimits.clientHelloSize) {
            case .complete(let hello): return hello
            case .incomplete: try receive(&ciphertext)
            case .notClientHello(let reason):
                let alert: TLSAlert = reason == .tooLarge || reason == .malformed ? .decodeError : .unexpectedMessage
                alert.plaintextRecord.withUnsafeBytes { _ = connection.client.sendNow($0) }
                throw Failure(
                    reason: reason == .tooLarge ? .helloTooLarge : .notTLS,
                    detail: reason.rawValue,
                    error: TLSError(category: .handshake, reason: reason.rawValue, alertSent: alert)
                )
            }
        }
    }

    /// Receives once, waiting no longer than the deadline.
    private func receive(_ ciphertext: inout CiphertextBuffer) throws(Failure) {
        while true {
            if deadline <= .now { throw Failure(reason: .handshakeTimeout) }
            // The socket's patience must not carry a wait past the deadline.
            let isShort = deadline < MonotonicTime.now.advanced(by: EngineLimits.patience)
            let outcome =
                isShort ? ciphertext.receiveNow(from: connection.client) : ciphertext.receive(from: connection.client)
            switch outcome {
            case .bytes: return
            case .endOfStream: throw Failure(reason: .clientVanished, detail: "the client closed during the handshake")
            case .failed(let code): throw Failure(reason: .clientVanished, detail: SystemCallError.text(code))
            case .idle: break
            }
            switch Wait.until(connection.client, is: .readable, stop: connection.stop, deadline: deadline) {
            case .ready: continue
            case .timedOut: throw Failure(reason: .handshakeTimeout)
            case .stopped: throw Failure(reason: connection.closing.finalReason)
            }
        }
    }

    /// Sends all of `bytes`, waiting no longer than the deadline; returns how many were taken.
    private func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        var sent = 0
        while sent < bytes.count {
            switch connection.client.sendNow(UnsafeRawBufferPointer(rebasing: bytes[sent...])) {
            case .bytes(let count): sent += count
            case .failed: return sent
            case .full:
                guard
                    case .ready = Wait.until(
                        connection.client,
                        is: .writable,
                        stop: connection.stop,
                        deadline: deadline
                    )
                else { return sent }
            }
        }
        return sent
    }

    /// Why a send did not take everything.
    private func failure(afterSend serverName: String?) -> Failure {
        if connection.stop.isStopped { return Failure(reason: connection.closing.finalReason, serverName: serverName) }
        if deadline <= .now { return Failure(reason: .handshakeTimeout, serverName: serverName) }
        return Failure(reason: .clientVanished, serverName: serverName)
    }
}
