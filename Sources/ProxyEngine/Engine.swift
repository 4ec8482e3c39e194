internal import DuplexLock
public import DuplexPosix
internal import Synchronization

/// The proxies of a process: their listeners, their connections, and how they end.
///
/// - Thread: ``apply(_:connectionLimit:)``, ``drain(until:)`` and ``shutdown(until:)`` by one thread; the rest by any.
public final class Engine: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `listeners` is used only while `lock` is held.
    private let core: EngineCore
    private let inherited: [String: Socket]
    private let lock = Lock()
    private var listeners: [OpenListener] = []

    private struct OpenListener {
        let listener: Listener
        let ended: Ended
    }

    /// Becomes set when a listener's thread has ended.
    private final class Ended: Sendable {
        private let lock = Lock()
        private let condition = Condition()
        private let isSet = Atomic(false)

        func set() {
            lock.withLock { isSet.store(true, ordering: .releasing) }
            condition.broadcast()
        }

        func wait() {
            lock.lock()
            while !isSet.load(ordering: .acquiring) { condition.wait(lock) }
            lock.unlock()
        }
    }

    /// Makes an engine without proxies and starts its timekeeper.
    ///
    /// - Parameters:
    ///   - connectionLimit: the most connections at once, of all proxies together.
    ///   - inherited: listening sockets that the service manager passed, by name.
    /// - Throws: ``SystemCallError`` when the system gives no thread.
    public init(
        connectionLimit: Int,
        inherited: [String: Socket] = [:],
        observer: any EngineObserver
    ) throws(SystemCallError) {
        let core = EngineCore(connectionLimit: connectionLimit, observer: observer)
        self.core = core
        self.inherited = inherited
        try Thread(name: "timekeeper", stackSize: EngineLimits.stackSize) { core.timekeeper.run() }.detach()
    }

    deinit { core.timekeeper.stop() }

    public var counters: Counters { core.counters }

    /// The addresses that the proxies listen on now, in the order of the configuration.
    public var addresses: [(proxy: String, point: ListenPoint, address: SocketAddress)] {
        lock.withLock {
            listeners.compactMap { open in
                open.listener.address.map { (open.listener.proxyName, open.listener.point, $0) }
            }
        }
    }

    /// Takes over a set of proxies: opens what is new, closes what is gone, and gives listeners that stay their new
    /// definition. Live connections are not disturbed.
    ///
    /// - Throws: ``EngineError``; nothing was changed then.
    public func apply(_ proxies: [ProxyDefinition], connectionLimit: Int? = nil) throws(EngineError) {
        var current = lock.withLock { listeners }
        var next: [OpenListener] = []
        var fresh: [(Listener, Ended)] = []
        var kept: [(Listener, ProxyDefinition)] = []
        do throws(EngineError) {
            for proxy in proxies {
                for point in proxy.listen {
                    // Each open listener is taken over once: two proxies may both let the system pick a port.
                    if let index = current.firstIndex(where: { $0.listener.point == point && $0.listener.isReusable }) {
                        let open = current.remove(at: index)
                        kept.append((open.listener, proxy))
                        next.append(open)
                    } else {
                        let listener = try open(point, for: proxy)
                        let ended = Ended()
                        fresh.append((listener, ended))
                        next.append(OpenListener(listener: listener, ended: ended))
                    }
                }
            }
        } catch {
            for (listener, _) in fresh { listener.release() }
            throw error
        }
        try start(fresh)
        for (listener, proxy) in kept { listener.update(proxy) }
        if let connectionLimit { core.connectionLimit.store(connectionLimit, ordering: .relaxed) }
        core.timekeeper.watch(shortest: proxies.map(\.timeouts.shortestWatched).min() ?? .seconds(1))
        lock.withLock { listeners = next }
        close(current)
    }

    /// Stops accepting: closes every listener.
    public func stopAccepting() {
        let open = lock.withLock {
            defer { listeners = [] }
            return listeners
        }
        close(open)
    }

    /// Waits until every connection has ended by itself. False when the deadline passed first.
    public func waitForConnections(until deadline: MonotonicTime) -> Bool { core.table.waitUntilEmpty(until: deadline) }

    /// Ends every connection in an orderly way (row j): close_notify and FIN to clients, FIN to backends. Returns when
    /// all have ended, or at the deadline: false then.
    public func drain(until deadline: MonotonicTime) -> Bool {
        for connection in core.table.snapshot { _ = connection.handle(.drainExpired) }
        return core.table.waitUntilEmpty(until: deadline)
    }

    /// Ends every connection at once. Returns when all have ended, or at the deadline: false then.
    public func shutdown(until deadline: MonotonicTime) -> Bool {
        for connection in core.table.snapshot {
            connection.isAbandoned.store(true, ordering: .releasing)
            _ = connection.handle(.stoppedNow)
        }
        return core.table.waitUntilEmpty(until: deadline)
    }

    private func open(_ point: ListenPoint, for proxy: ProxyDefinition) throws(EngineError) -> Listener {
        let socket: Socket
        switch point {
        case .inherited(let name):
            guard let passed = inherited[name] else { throw .notInherited(proxy: proxy.name, name: name) }
            socket = passed
        case .address(let address):
            do {
                socket = try Socket.listen(on: address, backlog: EngineLimits.backlog)
            } catch {
                throw .listen(proxy: proxy.name, point: point, error: error)
            }
        }
        return Listener(point: point, socket: socket, definition: proxy, engine: core)
    }

    /// Starts the threads of new listeners; when one cannot be started, ends the others again.
    private func start(_ fresh: [(Listener, Ended)]) throws(EngineError) {
        for (index, (listener, ended)) in fresh.enumerated() {
            do {
                try Thread(name: "accept-\(index)", stackSize: EngineLimits.stackSize) {
                    listener.run()
                    ended.set()
                }.detach()
            } catch {
                close(fresh[..<index].map { OpenListener(listener: $0.0, ended: $0.1) })
                for (listener, _) in fresh[index...] { listener.release() }
                throw .thread(error)
            }
        }
    }

    /// Ends listeners and waits for their threads; then nobody uses their sockets, and they are closed.
    private func close(_ open: [OpenListener]) {
        for one in open { one.listener.close() }
        for one in open {
            one.ended.wait()
            one.listener.release()
        }
    }
}
