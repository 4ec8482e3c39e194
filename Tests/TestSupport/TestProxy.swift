internal import DuplexLock
public import DuplexPosix
public import DuplexTLS
public import ProxyEngine

/// An engine with one proxy on 127.0.0.1 and a port that the system picks, which remembers what it is told.
public final class TestProxy: Sendable {
    public let engine: Engine
    public let address: SocketAddress
    public let log = TestObserver()

    public init(
        backend: SocketAddress,
        identity: TLSIdentity = TestIdentity.ecdsa,
        policy: TLSPolicy = .intermediate,
        protocols: [String] = [],
        timeouts: TimeLimits = TimeLimits(),
        truncation: TruncationPolicy = .resetAfterReply,
        connectionLimit: Int = 1000,
        pollLimit: Duration = EngineLimits.pollLimit,
        isPolling: Bool? = nil,
        device: CryptoDevice? = nil
    ) {
        do {
            let settings = ServerSettings(
                identity: identity,
                policy: policy,
                applicationProtocols: protocols,
                ticketKeys: try TicketKeys(),
                ticketScope: "test",
                device: device
            )
            guard let any = SocketAddress(ip: "127.0.0.1", port: 0) else { fatalError("127.0.0.1 is an address") }
            let proxy = ProxyDefinition(
                name: "test",
                listen: [.address(any)],
                backends: [.address(backend)],
                context: try TLSContext(server: settings),
                timeouts: timeouts,
                truncation: truncation
            )
            engine = try Engine(connectionLimit: connectionLimit, pollLimit: pollLimit, observer: log)
            try engine.apply([proxy], isPolling: isPolling)
        } catch {
            fatalError("a proxy for tests could not be started: \(error)")
        }
        guard let address = engine.addresses.first?.address else { fatalError("the proxy does not listen") }
        self.address = address
    }

    deinit {
        engine.stopAccepting()
        _ = engine.shutdown(until: .now.advanced(by: .seconds(10)))
    }

    /// The report of the next connection that ends, or has ended and was not asked for yet.
    public func nextReport(within seconds: Int = 20) -> ConnectionReport? { log.nextReport(within: seconds) }
}
