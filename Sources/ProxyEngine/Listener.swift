// From the listening socket to a connection. Some threads wait for clients, the crew; each of them:
//   1. waits in accept(2); the kernel wakes one thread for each client
//   2. when it was the last that waited, calls another one to wait
//   3. serves its client from the first byte to the last
//   4. waits again, unless enough others do
// When nobody comes for a moment, all but one leave, and when descriptors run out, that one gives up the spare one to
// turn a client away, and pauses.

internal import DuplexLock
internal import DuplexPosix
internal import Synchronization

/// Accepts connections on one address, and serves each on the thread that accepted it.
final class Listener: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `definition` and `crew` are used only while `lock` is held; `spare` by the last
    // of the crew alone: whoever finds another one beside it leaves before it comes to use it.
    let point: ListenPoint
    let name: String
    private let socket: Socket
    private let lock = Lock()
    private let crewLeft = Condition()
    private var definition: ProxyDefinition
    /// How many threads use the socket.
    private var crew = 0
    private let stop = StopSignal()
    private let spare = SpareDescriptor()
    /// Whether clients may wait here who came before the listener had its options: for the first one the service manager
    /// started the service.
    private let hasEarlyClients = Atomic(true)
    private let engine: EngineCore

    /// - Parameter name: what its threads are called while they wait.
    init(name: String, point: ListenPoint, socket: Socket, definition: ProxyDefinition, engine: EngineCore) {
        self.name = name
        self.point = point
        self.socket = socket
        self.definition = definition
        self.engine = engine
        socket.waitInAccept()
        socket.deferAccept()
        Self.tune(socket)
    }

    /// What every client's socket needs. On Linux a TCP socket that is accepted has the options that its listener had
    /// when the client came: they are set once, not for every client. The patience is that of the crew, too.
    private static func tune(_ socket: Socket) {
        socket.setPatience(EngineLimits.patience)
        socket.sendWithoutDelay()
        socket.probePeer()
    }

    /// The address in use, with the port that the system picked.
    var address: SocketAddress? { socket.localAddress }

    /// Serves new connections by another definition from now on.
    func update(_ definition: ProxyDefinition) { lock.withLock { self.definition = definition } }

    /// The definition that new connections are served by.
    var current: ProxyDefinition { lock.withLock { definition } }

    // MARK: From start to end

    /// Starts to accept.
    ///
    /// - Throws: ``SystemCallError`` when the system gives no thread.
    func start() throws(SystemCallError) {
        lock.withLock { crew = 1 }
        do {
            try callAnother()
        } catch {
            leave()
            throw error
        }
    }

    /// Ends accepting. ``waitForEnd()`` waits until it has ended.
    func close() {
        stop.stop()
        // An inherited socket serves a later configuration: there, threads in accept hear the stop after their patience.
        if case .address = point { socket.shutDown() }
    }

    /// Waits until no thread uses the socket. Connections that were accepted go on.
    func waitForEnd() {
        lock.lock()
        while crew > 0 { crewLeft.wait(lock) }
        lock.unlock()
    }

    /// Closes the socket, when no thread uses it. An inherited one stays open for a later configuration; a Unix socket's
    /// path goes with it.
    func release() {
        guard case .address(let address) = point else { return }
        if let path = address.path { Socket.remove(path) }
        socket.close()
    }

    // MARK: The crew

    /// The body of a thread that was counted in.
    private func serve() {
        repeat {
            guard let connection = nextConnection() else { return }
            Thread.rename("rd-\(connection.id)")
            ConnectionLife(connection, engine: engine).run()
        } while rejoin()
    }

    /// The next client that was taken in; the thread is no longer counted then. Nil when the thread is not needed.
    private func nextConnection() -> Connection? {
        var pause = EngineLimits.acceptPause
        while !stop.isStopped {
            let mayBeEarly = mayNextBeEarly()
            switch socket.accept() {
            case .accepted(let client, let address):
                if mayBeEarly { Self.tune(client) }
                if let connection = takeIn(client, address) { return connection }
                pause = EngineLimits.acceptPause
            case .none:
                // Nobody has come for as long as the patience.
                if leaveToOthers() { return nil }
                waitForClient()
                pause = EngineLimits.acceptPause
            // accept(2) takes a descriptor before it looks whether anybody waits.
            case .exhausted(let code):
                // The socket was shut down.
                if stop.isStopped { continue }
                if leaveToOthers() { return nil }
                if !socket.hasWaitingClient {
                    waitForClient()
                } else {
                    endureShortage(code, for: pause)
                    pause = min(pause * 2, EngineLimits.acceptPauseLimit)
                }
            // The client gave up before it was accepted (ECONNABORTED), or its network failed (accept(2), "Error
            // handling"): the next one may be fine.
            case .failed: continue
            }
        }
        leave()
        return nil
    }

    /// Whether the next client may be one that came before the listener had its options. To be asked before it is accepted:
    /// once nobody has waited, whoever is accepted came later.
    private func mayNextBeEarly() -> Bool {
        guard hasEarlyClients.load(ordering: .relaxed) else { return false }
        guard !socket.hasWaitingClient else { return true }
        hasEarlyClients.store(false, ordering: .relaxed)
        return false
    }

    /// Takes a client in and leaves the crew, which goes on without this thread. Nil when the client was turned away.
    private func takeIn(_ client: Socket, _ address: SocketAddress) -> Connection? {
        guard let connection = engine.admit(client, from: address, to: current) else { return nil }
        let isLast = lock.withLock {
            // The last one's place goes to the one that it calls.
            guard crew > 1 else { return true }
            crew -= 1
            return false
        }
        guard isLast else { return connection }
        do {
            try callAnother()
            return connection
        } catch {
            engine.turnAway(connection, .noThread(error))
            return nil
        }
    }

    /// Waits without end, and without keeping what a handshake left with the thread.
    private func waitForClient() {
        engine.releaseThreadMemory()
        _ = Wait.until(socket, is: .readable, stop: stop)
    }

    /// Sets another thread to the place of this one, which has none afterwards.
    private func callAnother() throws(SystemCallError) { try engine.openers.run(name: name) { self.serve() } }

    /// Comes back after a connection. False when the thread is not needed.
    private func rejoin() -> Bool {
        let isNeeded = lock.withLock {
            guard crew > 0, crew < EngineLimits.crewLimit else { return false }
            crew += 1
            return true
        }
        if isNeeded { Thread.rename(name) }
        return isNeeded
    }

    /// Leaves, if another thread stays. Whoever stays is the only one of the crew until one comes back.
    private func leaveToOthers() -> Bool {
        lock.withLock {
            guard crew > 1 else { return false }
            crew -= 1
            return true
        }
    }

    private func leave() {
        lock.withLock { crew -= 1 }
        crewLeft.broadcast()
    }

    // MARK: Without descriptors

    /// Turns the client away that waits longest, and pauses. By the last of the crew alone.
    private func endureShortage(_ code: Int32, for pause: Duration) {
        let definition = current
        if spare.refuseOne(on: socket) {
            engine.counters.countRefusal()
            engine.observer.clientRefused(.noDescriptor, proxy: definition.name, client: nil)
        } else {
            engine.observer.acceptFailed(SystemCallError("accept", "\(point)", code: code), proxy: definition.name)
        }
        _ = stop.wait(for: pause)
    }
}
