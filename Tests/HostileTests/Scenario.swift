import DuplexPosix
import DuplexTLS
import HardwareCrypto
import ProxyEngine
import TestSupport
import Testing

/// One hostile situation, played in a process of its own (an exit test), so that what the process holds before and
/// after can be counted: an echo connection to warm up, a census, the situation, an echo connection again, a census.
struct Scenario {
    let proxy: TestProxy
    private let address: SocketAddress
    private let echo = TestBackend.echo()
    private let context: TLSContext

    /// The timeouts while nothing hostile goes on.
    private static let calmTimeouts = TimeLimits()
    /// How much more resident memory than before is no leak, bytes: caches of the allocator, and stacks that the C
    /// library keeps for the next thread.
    static let memoryAllowance = 8 << 20

    /// Where the proxy's cryptography runs, as in the daemon; nil when the package was built without the trait.
    private static let device: Result<CryptoDevice?, any Error> = Result {
        try TLSLibrary.initialise()
        return HardwareCrypto.register().deviceID.map { CryptoDevice(id: $0) }
    }

    /// Plays `act` against a proxy in front of `backend`; nil: in front of a backend that echoes.
    ///
    /// - Parameters:
    ///   - timeouts: the proxy's, while the situation lasts.
    ///   - memoryAllowance: see ``memoryAllowance``.
    static func play(
        backend: TestBackend? = nil,
        timeouts: TimeLimits = TimeLimits(),
        memoryAllowance: Int = memoryAllowance,
        _ act: (Scenario) throws -> Void
    ) throws {
        try play(address: backend?.address, timeouts: timeouts, memoryAllowance: memoryAllowance, act)
        withExtendedLifetime(backend) {}
    }

    /// The same, for a backend that is no more than an address.
    static func play(
        address: SocketAddress?,
        timeouts: TimeLimits = TimeLimits(),
        memoryAllowance: Int = memoryAllowance,
        _ act: (Scenario) throws -> Void
    ) throws {
        let scenario = try Scenario()
        // What the first connections leave for good, such as tables of the library and the run-time, is no leak.
        for _ in 0..<4 {
            scenario.expectService()
            _ = scenario.proxy.nextReport()
        }
        // Waits by itself instead of by Eventually, which would hold a descriptor during the second census alone.
        let pause = StopSignal()
        #expect(holds(pause) { scenario.isCalm })
        let before = ProcessCensus()
        try scenario.route(to: address, timeouts: timeouts)
        try act(scenario)
        try scenario.route(to: nil, timeouts: calmTimeouts)
        scenario.expectService()
        var after = ProcessCensus()
        let isBack = holds(pause) {
            after = ProcessCensus()
            return after.descriptors <= before.descriptors && after.threads == before.threads
                && after.residentBytes <= before.residentBytes + memoryAllowance
        }
        #expect(isBack, "before: \(before); after: \(after)")
        #expect(scenario.proxy.engine.counters.activeConnections == 0)
        withExtendedLifetime(scenario.echo) {}
    }

    /// Asks `condition` for 15 s until it holds.
    private static func holds(_ pause: StopSignal, _ condition: () -> Bool) -> Bool {
        let deadline = MonotonicTime.now.advanced(by: .seconds(15))
        while deadline > .now {
            _ = pause.wait(for: .milliseconds(5))
            if condition() { return true }
        }
        return false
    }

    private init() throws {
        let device = try Self.device.get()
        proxy = TestProxy(backend: echo.address, timeouts: Self.calmTimeouts, device: device)
        address = proxy.address
        context = try TLSContext(
            server: ServerSettings(
                identity: TestIdentity.ecdsa,
                ticketKeys: try TicketKeys(),
                ticketScope: "test",
                device: device
            )
        )
    }

    /// No connection is open and no thread of one is left; and of the listener's threads one, which waits in poll with the
    /// descriptor that it is woken by.
    private var isCalm: Bool {
        let threads = ProcessCensus().threads
        return proxy.engine.counters.activeConnections == 0
            && !threads.contains {
                $0.hasPrefix("rd-") || $0.hasPrefix("wr-") || $0 == ThreadPool.spareName || $0 == "served"
            }
            && threads.count { $0 == "accept-0" } == 1 && ProcessCensus.isPolling("accept-0")
    }

    /// Gives the listener another backend; connections that are open keep theirs.
    private func route(to backend: SocketAddress?, timeouts: TimeLimits) throws {
        guard let any = SocketAddress(ip: "127.0.0.1", port: 0) else { return }
        let definition = ProxyDefinition(
            name: "test",
            listen: [.address(any)],
            backends: [.address(backend ?? echo.address)],
            context: context,
            timeouts: timeouts
        )
        try proxy.engine.apply([definition])
        #expect(proxy.engine.addresses.map(\.address) == [address])
    }

    /// The next client is served: what it sends comes back, and both streams end cleanly.
    func expectService() {
        guard let client = TestClient.connect(proxy.address) else {
            Issue.record("the next client got no handshake")
            return
        }
        let message = [UInt8]("is anybody there?".utf8)
        #expect(client.write(message))
        #expect(client.read(exactly: message.count) == message)
        client.close()
        #expect(client.readAll().1 == .closeNotify)
        client.socket.close()
    }

    /// The next connection that ends, ends for `reason`.
    func expectEnd(_ reason: CloseReason, _ sourceLocation: SourceLocation = #_sourceLocation) {
        expectEnd(in: [reason], sourceLocation)
    }

    /// The next connection that ends, ends for one of `reasons`.
    @discardableResult
    func expectEnd(in reasons: Set<CloseReason>, _ sourceLocation: SourceLocation = #_sourceLocation)
        -> ConnectionReport?
    {
        let report = proxy.nextReport()
        let found = report.map { "\($0.reason) \($0.detail ?? "")" } ?? "no end within 20 s"
        #expect(report.map { reasons.contains($0.reason) } ?? false, "ended: \(found)", sourceLocation: sourceLocation)
        return report
    }
}
