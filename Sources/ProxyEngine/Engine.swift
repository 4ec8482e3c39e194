internal import DuplexLock
public import DuplexPosix
internal import Synchronization

/// The proxies of a process: their listeners, their connections, and how they end.
///
/// - Thread: ``apply(_:connectionLimit:isPolling:)``, ``drain(until:)`` and ``shutdown(until:)`` by one thread; the rest
///   by any.
public final class Engine: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `listeners` is used only while `lock` is held.
    let core: EngineCore
    private let inherited: [String: Socket]
    private let lock = Lock()
    private var listeners: [Listener] = []

    /// Makes an engine without proxies and starts its timekeeper.
    ///
    /// - Parameters:
    ///   - connectionLimit: the most connections at once, of all proxies together.
    ///   - pollLimit: how long a thread polls for a backend's reply, where that pays.
    ///   - inherited: listening sockets that the service manager passed, by name.
    ///   - releaseThreadCaches: gives back what the calling thread holds of a crypto device, for one. Called on a
    ///     connection's thread before it waits for long.
    /// - Throws: ``SystemCallError`` when the system gives no thread.
    public init(
        connectionLimit: Int,
        pollLimit: Duration = EngineLimits.pollLimit,
        inherited: [String: Socket] = [:],
        observer: any EngineObserver,
        releaseThreadCaches: @escaping @Sendable () -> Void = {}
    ) throws(SystemCallError) {
        let core = EngineCore(
            connectionLimit: connectionLimit,
            pollLimit: pollLimit,
            observer: observer,
            releaseThreadCaches: releaseThreadCaches
        )
        self.core = core
        self.inherited = inherited
        try Thread(name: "timekeeper", stackSize: EngineLimits.stackSize) { core.timekeeper.run() }.detach()
    }

    deinit {
        core.timekeeper.stop()
        core.openers.close()
        core.movers.close()
    }

    public var counters: Counters { core.counters }

    /// Whether threads that wait for a backend's reply may poll for it.
    public var isPolling: Bool { core.polls.isSet }

    /// The addresses that the proxies listen on now, in the order of the configuration.
    public var addresses: [(proxy: String, point: ListenPoint, address: SocketAddress)] {
        lock.withLock {
            listeners.compactMap { open in
                open.address.map { (open.current.name, open.point, $0) }
            }
        }
    }

    /// Takes over a set of proxies: opens what is new, closes what is gone, and gives listeners that stay their new
    /// definition. Live connections are not disturbed.
    ///
    /// - Parameters:
    ///   - connectionLimit: the most connections at once; nil: as before.
    ///   - isPolling: whether threads that wait for a backend's reply may poll for it, where that pays; nil: as before,
    ///     at first yes.
    /// - Throws: ``EngineError``; nothing was changed then.
    public func apply(
        _ proxies: [ProxyDefinition],
        connectionLimit: Int? = nil,
        isPolling: Bool? = nil
    ) throws(EngineError) {
        var change = ListenerChange(current: lock.withLock { listeners })
        do throws(EngineError) {
            for proxy in proxies {
                for point in proxy.listen where !change.keep(point, for: proxy) {
                    change.add(try open(point, for: proxy, in: &change))
                }
            }
            try start(change.fresh)
        } catch {
            for open in change.fresh { open.release() }
            let reopened = change.retired.compactMap { reopen($0) }
            lock.withLock { listeners = listeners.filter { !change.isRetired($0) } + reopened }
            throw error
        }
        for (open, proxy) in change.kept { open.update(proxy) }
        if let connectionLimit { core.connectionLimit.store(connectionLimit, ordering: .relaxed) }
        if let isPolling { core.polls.set(isPolling) }
        core.timekeeper.watch(shortest: proxies.map(\.timeouts.shortestWatched).min() ?? .seconds(1))
        lock.withLock { listeners = change.next }
        close(change.gone)
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

    /// Opens a listener. One on the same port that the change closes anyway, such as 127.0.0.1:P beside a new 0.0.0.0:P,
    /// makes room for it first.
    private func open(
        _ point: ListenPoint,
        for proxy: ProxyDefinition,
        in change: inout ListenerChange
    ) throws(EngineError) -> Listener {
        let socket: Socket
        switch point {
        case .inherited(let name):
            guard let passed = inherited[name] else { throw .notInherited(proxy: proxy.name, name: name) }
            socket = passed
        case .address(let address):
            do {
                socket = try Socket.listen(on: address, backlog: EngineLimits.backlog)
            } catch {
                guard error.code == SystemCallError.addressInUse, let old = change.retire(inTheWayOf: address) else {
                    throw .listen(proxy: proxy.name, point: point, error: error)
                }
                close([old])
                return try open(point, for: proxy, in: &change)
            }
        }
        let name = "accept-\(change.fresh.count)"
        return Listener(name: name, point: point, socket: socket, definition: proxy, engine: core)
    }

    /// Opens a listener again that had made room for one of a change that was refused.
    private func reopen(_ old: Listener) -> Listener? {
        guard case .address(let address) = old.point,
            let socket = try? Socket.listen(on: address, backlog: EngineLimits.backlog)
        else { return nil }
        let open = Listener(name: old.name, point: old.point, socket: socket, definition: old.current, engine: core)
        return (try? start([open])) == nil ? nil : open
    }

    /// Starts the threads of new listeners; when one cannot be started, ends the others again.
    private func start(_ fresh: [Listener]) throws(EngineError) {
        for (index, open) in fresh.enumerated() {
            do {
                try open.start()
            } catch {
                close(Array(fresh[..<index]))
                throw .thread(error)
            }
        }
    }

    /// Ends listeners and waits for their threads; then nobody uses their sockets, and they are closed.
    private func close(_ open: [Listener]) {
        for one in open { one.close() }
        for one in open {
            one.waitForEnd()
            one.release()
        }
    }
}
