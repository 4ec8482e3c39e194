internal import DuplexConfig
internal import ProxyEngine

extension Engine {
    /// Takes over a configuration: its proxies, and what `[daemon]` says of connections.
    ///
    /// - Throws: ``EngineError``; nothing was changed then.
    func apply(_ proxies: [ProxyDefinition], of daemon: DaemonConfiguration) throws(EngineError) {
        try apply(proxies, connectionLimit: daemon.maxConnections, isPolling: daemon.busyPolling == .auto)
    }
}
