internal import DuplexPosix

/// What one reload makes of the open listeners: decided here, carried out by the engine.
struct ListenerChange {
    /// Open now, and not yet taken over: what is left at the end is closed.
    private(set) var gone: [Listener]
    /// Taken over as they are, with their new definitions.
    private(set) var kept: [(Listener, ProxyDefinition)] = []
    /// Opened for this change; their threads have not been started.
    private(set) var fresh: [Listener] = []
    /// Closed to make room for a new one on their port.
    private(set) var retired: [Listener] = []
    /// What is open when the change is done, in the order of the configuration.
    private(set) var next: [Listener] = []

    init(current: [Listener]) { gone = current }

    /// Takes over the listener on `point`, if there is one. Each is taken over once: two proxies may both let the system
    /// pick a port.
    mutating func keep(_ point: ListenPoint, for proxy: ProxyDefinition) -> Bool {
        guard let index = gone.firstIndex(where: { $0.point == point }) else { return false }
        let open = gone.remove(at: index)
        kept.append((open, proxy))
        next.append(open)
        return true
    }

    mutating func add(_ open: Listener) {
        fresh.append(open)
        next.append(open)
    }

    /// The listener whose port `address` wants, if the change closes it anyway: beside a wildcard one
    /// configuration never has another address on that port, so none that is in the way will be taken over later.
    mutating func retire(inTheWayOf address: SocketAddress) -> Listener? {
        let index = gone.firstIndex { open in
            guard case .address(let old) = open.point else { return false }
            return old.port != nil && old.port == address.port && old.family == address.family
                && (old.isWildcard || address.isWildcard)
        }
        guard let index else { return nil }
        let open = gone.remove(at: index)
        retired.append(open)
        return open
    }

    func isRetired(_ open: Listener) -> Bool { retired.contains { $0 === open } }
}
