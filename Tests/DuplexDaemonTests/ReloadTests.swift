import DuplexTLS
import HardwareCrypto
import ProxyEngine
import TestSupport
import Testing

@testable import DuplexDaemon

@Suite("What a reload takes over")
struct ReloadTests {
    @Test("The keys that libcrypto worked with go", .enabled(if: HardwareCrypto.status.device != nil))
    func keysGo() throws {
        let files = DaemonFiles()
        files.write()
        let loader = ConfigurationLoader(
            path: files.path,
            ticketKeys: try TicketKeys(),
            device: HardwareCrypto.status.device
        )
        let engine = try Engine(connectionLimit: 10, observer: TestObserver())
        try engine.apply(#require(loader.load().definitions))
        let address = try #require(engine.addresses.first?.address)
        try #require(TestClient.connect(address)).socket.close()
        #expect(Eventually.holds { engine.counters.activeConnections == 0 })
        #expect(HardwareCrypto.liveKeyCount > 0)

        files.write(TestIdentity.rsa)
        #expect(Self.reload(engine, from: loader))
        #expect(HardwareCrypto.liveKeyCount == 0)
        engine.stopAccepting()
    }

    @Test("A reload turns polling off and on")
    func polling() throws {
        let files = DaemonFiles()
        let loader = ConfigurationLoader(path: files.path, ticketKeys: try TicketKeys(), device: nil)
        let engine = try Engine(connectionLimit: 10, observer: TestObserver())
        for setting in ["off", "auto", "off"] {
            files.write(daemon: "busy_polling = \"\(setting)\"")
            #expect(Self.reload(engine, from: loader))
            #expect(engine.isPolling == (setting == "auto"))
        }
        files.write()
        #expect(Self.reload(engine, from: loader))
        #expect(engine.isPolling, "the default")
        engine.stopAccepting()
    }

    private static func reload(_ engine: Engine, from loader: ConfigurationLoader) -> Bool {
        let sink = LogSink(level: .critical, format: .text)
        let limits = LimitReport(logger: sink.logger(), descriptors: nil)
        return Reload(loader: loader, engine: engine, sink: sink, limits: limits, environment: .current).run() != nil
    }
}
