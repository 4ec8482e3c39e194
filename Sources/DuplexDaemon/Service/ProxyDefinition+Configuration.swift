internal import DuplexConfig
internal import DuplexPosix
internal import DuplexTLS
internal import ProxyEngine

extension ProxyDefinition {
    /// The engine's terms for a proxy of the configuration.
    init(_ proxy: ProxyConfiguration, context: TLSContext) {
        self.init(
            name: proxy.name,
            listen: proxy.listen.compactMap { ListenPoint($0) },
            backends: proxy.backends.compactMap { BackendPoint($0) },
            context: context,
            timeouts: TimeLimits(
                handshake: proxy.timeouts.handshake,
                connect: proxy.timeouts.connect,
                idle: proxy.timeouts.idle,
                halfClosed: proxy.timeouts.halfClosed,
                truncationGrace: proxy.close.truncationGrace
            ),
            truncation: proxy.close.truncation.engineTerm
        )
    }
}

extension ListenPoint {
    /// Nil only for an address that the configuration would have refused.
    init?(_ address: ListenAddress) {
        switch address {
        case .systemd(let name): self = .inherited(name)
        case .tcp(let host, let port):
            guard let address = SocketAddress(ip: host, port: port) else { return nil }
            self = .address(address)
        case .unix(let path):
            guard let address = SocketAddress(path: path) else { return nil }
            self = .address(address)
        }
    }
}

extension BackendPoint {
    /// Nil only for an address that the configuration would have refused.
    init?(_ address: BackendAddress) {
        switch address {
        case .tcp(let host, let port):
            self = SocketAddress(ip: host, port: port).map { .address($0) } ?? .host(host, port: port)
        case .unix(let path):
            guard let address = SocketAddress(path: path) else { return nil }
            self = .address(address)
        }
    }
}

extension DuplexConfig.TLSPolicy {
    /// The TLS library's term.
    var settings: DuplexTLS.TLSPolicy {
        switch self {
        case .intermediate: .intermediate
        case .modern: .modern
        }
    }
}

extension DuplexConfig.TruncationPolicy {
    /// The engine's term.
    var engineTerm: ProxyEngine.TruncationPolicy {
        switch self {
        case .resetAfterReply: .resetAfterReply
        case .reset: .reset
        case .halfClose: .halfClose
        }
    }
}
