// From the listening socket to a connection, one thread per listener:
//   1. wait for a client or the stop signal
//   2. accept every client that waits; each gets a reader's thread, or is turned away
//   3. when descriptors run out, give up the spare one to turn one client away, and pause

internal import DuplexLock
internal import DuplexPosix

/// Accepts connections on one address.
final class Listener: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `definition` is used only while `lock` is held.
    let point: ListenPoint
    let socket: Socket
    private let lock = Lock()
    private var definition: ProxyDefinition
    private let stop = StopSignal()
    private let engine: EngineCore

    init(point: ListenPoint, socket: Socket, definition: ProxyDefinition, engine: EngineCore) {
        self.point = point
        self.socket = socket
        self.definition = definition
        self.engine = engine
        Self.tune(socket)
    }

    /// What every client's socket needs. On Linux a TCP socket that is accepted has the options that its listener had
    /// when the client came: they are set once, not for every client.
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

    /// Ends ``run()``.
    func close() { stop.stop() }

    /// Closes the socket, when the thread has ended. An inherited one stays open for a later configuration; a Unix
    /// socket's path goes with it.
    func release() {
        guard case .address(let address) = point else { return }
        if let path = address.path { Socket.remove(path) }
        socket.close()
    }

    /// Accepts until ``close()``.
    func run() {
        let spare = SpareDescriptor()
        var pause = EngineLimits.acceptPause
        // Whether clients may wait here who came before the listener had its options: for the first one the service
        // manager started the service.
        var hasEarlyClients = true
        while case .ready = Wait.until(socket, is: .readable, stop: stop) {
            switch acceptAll(&hasEarlyClients) {
            case nil:
                pause = EngineLimits.acceptPause
            case let code?:
                let definition = lock.withLock { self.definition }
                let isRefused = spare.refuseOne(on: socket)
                if isRefused {
                    engine.counters.countRefusal()
                    engine.observer.clientRefused(.noDescriptor, proxy: definition.name, client: nil)
                } else {
                    engine.observer.acceptFailed(
                        SystemCallError("accept", "\(point)", code: code),
                        proxy: definition.name
                    )
                }
                if stop.wait(for: pause) { return }
                pause = min(pause * 2, EngineLimits.acceptPauseLimit)
            }
        }
    }

    /// Accepts every connection that waits. Returns the error when descriptors or memory ran out, else nil.
    ///
    /// - Parameter hasEarlyClients: false once nobody has waited; until then each client's socket is tuned by itself.
    private func acceptAll(_ hasEarlyClients: inout Bool) -> Int32? {
        while !stop.isStopped {
            switch socket.accept() {
            case .accepted(let client, let address):
                if hasEarlyClients { Self.tune(client) }
                engine.admit(client, from: address, to: lock.withLock { definition })
            case .none:
                hasEarlyClients = false
                return nil
            case .exhausted(let code): return code
            // The client gave up before it was accepted (ECONNABORTED), or its network failed (accept(2), "Error
            // handling"): the next one may be fine.
            case .failed: continue
            }
        }
        return nil
    }
}
