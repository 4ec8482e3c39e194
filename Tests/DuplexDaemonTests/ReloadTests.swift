import DuplexTLS
import HardwareCrypto
import ProxyEngine
import TestSupport
import Testing

@testable import DuplexDaemon

@Suite("Private keys at a reload")
struct ReloadKeyTests {
    @Test("A reload lets go of the keys that libcrypto worked with", .enabled(if: HardwareCrypto.status.device != nil))
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
        let sink = LogSink(level: .critical, format: .text)
        let limits = LimitReport(logger: sink.logger(), descriptors: nil)
        let reload = Reload(loader: loader, engine: engine, sink: sink, limits: limits, environment: .current)
        #expect(reload.run() != nil)
        #expect(HardwareCrypto.liveKeyCount == 0)
        engine.stopAccepting()
    }
}
