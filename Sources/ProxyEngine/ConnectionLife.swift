// One connection from its accept to its end, on the reader's thread:
//   1. handshake                         Handshake
//   2. dial the backend                  Backend
//   3. the first request and reply       FirstExchange
//   4. forward                           ClientToBackend, and on the writer's thread BackendToClient
//   5. once, when the client falls silent: go on on a fresh thread
//   6. wait for the writer
//   7. end what has not ended yet, as the close table says; close both sockets; report

internal import DuplexPosix
internal import DuplexTLS
internal import Synchronization

/// Runs one connection. Both sockets are closed here, when both threads are done with them, and nowhere else.
struct ConnectionLife: ~Copyable {
    private let connection: Connection
    private let engine: EngineCore
    private var info: SessionInfo?
    private var serverName: String?
    private var detail: String?
    private var error: TLSError?
    private var isClientAtEnd = false
    private var backend: Socket?
    private var exchange: FirstExchange?
    private var reader: ClientToBackend?

    init(_ connection: Connection, engine: EngineCore) {
        self.connection = connection
        self.engine = engine
    }

    consuming func run() {
        // A TCP socket has its options from the listener.
        if connection.clientAddress.isUnix { connection.client.setPatience(EngineLimits.patience) }
        open()
        if reader?.run(untilIdle: true) == .idle { moveToFreshThread() } else { end() }
    }

    /// Goes on on a thread that has done no handshake. What a handshake leaves with its thread, 13 KB in the allocator's
    /// cache and 6 KB in libcrypto, would lie idle with the connection; so it serves the next handshake.
    private consuming func moveToFreshThread() {
        let movers = engine.movers
        let name = "rd-\(connection.id)"
        let life = HandOver(self)
        do {
            try movers.run(name: name) { life.take().resume() }
        } catch {
            // No thread is to be had: then on this one.
            life.take().resume()
        }
    }

    private consuming func resume() {
        _ = reader?.run(untilIdle: false)
        end()
    }

    private consuming func end() {
        finishForwarding()
        connection.settle()
        endClient()
        engine.connectionEnded(connection, report())
    }

    /// Waits for the writer, and closes the backend's side.
    private mutating func finishForwarding() {
        guard let end = reader.take()?.end(), let backend else { return }
        exchange?.finish()
        connection.waitForWriter()
        detail = exchange?.failure
        isClientAtEnd = end.isClientAtEnd
        if let failure = end.failure {
            error = failure
            detail = failure.reason
        }
        if connection.closing.resetsBackend { backend.resetOnClose() }
        backend.close()
    }

    private mutating func open() {
        var ciphertext = CiphertextBuffer(pool: engine.buffers)
        do {
            let established = try Handshake(connection, gate: engine.handshakes).run(&ciphertext)
            info = established.info
            serverName = established.serverName
            engine.counters.countHandshake(isResumed: established.info.isResumed)
            startForwarding(established, ciphertext)
        } catch {
            ciphertext.release()
            serverName = error.serverName
            detail = error.detail
            self.error = error.error
            if error.reason == .clientVanished { isClientAtEnd = true }
            _ = connection.handle(.sessionFailed(error.reason))
        }
    }

    private mutating func startForwarding(
        _ established: consuming Handshake.Established,
        _ ciphertext: consuming CiphertextBuffer
    ) {
        let definition = connection.definition
        let deadline = MonotonicTime.now.advanced(by: definition.timeouts.connect)
        let backend: Socket
        switch Backend(points: definition.backends).dial(
            first: connection.id,
            stop: connection.stop,
            deadline: deadline
        ) {
        case .connected(let socket): backend = socket
        case .stopped:
            ciphertext.release()
            closeUnserved(established.writer)
            return
        case .failed(let reason, let text):
            detail = text
            _ = connection.handle(.sessionFailed(reason))
            ciphertext.release()
            return
        }
        connection.beginForwarding()
        let exchange = FirstExchange(
            BackendToClient(connection, backend: backend, half: established.writer, engine: engine),
            on: connection,
            backend: backend,
            engine: engine
        )
        self.exchange = exchange
        self.backend = backend
        reader = ClientToBackend(
            connection,
            backend: backend,
            half: established.reader,
            ciphertext: ciphertext,
            exchange: exchange,
            engine: engine
        )
    }

    /// The stop came before a backend answered: in an orderly stop the client still gets close_notify.
    private borrowing func closeUnserved(_ writer: consuming WriteHalf) {
        guard connection.handle(.writerStopped(isComplete: true)).contains(.closeClient) else { return }
        let client = connection.client
        var half = writer
        half.close()
        _ = half.flush { bytes in if case .bytes(let count) = client.sendNow(bytes) { count } else { 0 } }
    }

    /// Ends the client's side: FIN if it was not sent, then reads what still comes so that the close does not turn into
    /// a reset that destroys what was sent.
    private borrowing func endClient() {
        defer { connection.client.close() }
        guard connection.closing.isClientReachable else { return }
        if connection.isClientStuck { return connection.client.resetOnClose() }
        connection.finishClient()
        if !isClientAtEnd, !hasWaitedForClient { Linger(connection).run() }
    }

    /// Whether the client has had `half_closed` since it was told the end: there is nothing more to wait for.
    private var hasWaitedForClient: Bool {
        let closing = connection.closing
        return closing.finalReason == .halfClosedTimeout && closing.toClient == .ended
    }

    private borrowing func report() -> ConnectionReport {
        ConnectionReport(
            id: connection.id,
            proxy: connection.definition.name,
            client: connection.clientAddress,
            reason: connection.closing.finalReason,
            detail: detail,
            session: info,
            serverName: serverName,
            bytesToBackend: connection.bytesToBackend.load(ordering: .relaxed),
            bytesToClient: connection.bytesToClient.load(ordering: .relaxed),
            duration: MonotonicTime.now.since(connection.opened),
            alertSent: error?.alertSent,
            alertReceived: error?.alertReceived
        )
    }
}
