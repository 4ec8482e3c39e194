/// Finds listeners that cannot be open at once.
///
/// Linux refuses the second of two sockets on one port (EADDRINUSE) if their addresses are equal, or if one of them
/// is the wildcard of the same family. IPv6 sockets take IPv6 only (IPV6_V6ONLY), so that `0.0.0.0:443` and
/// `[::]:443` stand beside each other. Source: ip(7), ipv6(7).
struct ListenConflicts {
    /// One listener, and how an operator finds it in the file.
    struct Listener {
        let address: ListenAddress
        let key: ConfigurationKey
    }

    private struct Port: Hashable {
        let number: UInt16
        let isIPv6: Bool
    }

    private var listeners: [ListenAddress: Listener] = [:]
    private var firstOnPort: [Port: Listener] = [:]
    private var wildcardOnPort: [Port: Listener] = [:]

    /// Takes in a listener.
    ///
    /// - Returns: an earlier one that it conflicts with, or nil.
    mutating func add(_ address: ListenAddress, at key: ConfigurationKey) -> Listener? {
        let listener = Listener(address: address, key: key)
        guard case .tcp(let host, let number) = address else {
            return remember(listener)
        }
        // Each listener on port 0 gets a port of its own.
        guard number != 0 else { return nil }
        let port = Port(number: number, isIPv6: host.contains(":"))
        let isWildcard = host == "0.0.0.0" || host == "::"
        let conflict = wildcardOnPort[port] ?? (isWildcard ? firstOnPort[port] : nil)
        if firstOnPort[port] == nil { firstOnPort[port] = listener }
        if isWildcard, wildcardOnPort[port] == nil { wildcardOnPort[port] = listener }
        let same = remember(listener)
        return same ?? conflict
    }

    private mutating func remember(_ listener: Listener) -> Listener? {
        if let earlier = listeners[listener.address] { return earlier }
        listeners[listener.address] = listener
        return nil
    }
}
