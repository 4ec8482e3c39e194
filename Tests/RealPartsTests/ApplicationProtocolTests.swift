import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

@Suite("OpenSSL s_client: ALPN")
struct ApplicationProtocolTests {
    private static let versions = ["-tls1_2", "-tls1_3"]

    @Test("The first protocol of the proxy's list that the client offers is agreed", arguments: versions)
    func match(version: String) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, protocols: ["redis", "http/1.1"])
        let client = try OpenSSLClient(proxy, [version, "-alpn", "h2,http/1.1,redis"])
        #expect(client.value("ALPN protocol: ") == "redis", "\(client.text)")
        #expect(client.text.contains(TestBackend.greeting))
        #expect(proxy.nextReport()?.session?.applicationProtocol == "redis")
    }

    @Test("A client that offers only others gets no_application_protocol", arguments: versions)
    func mismatch(version: String) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, protocols: ["http/1.1"])
        let client = try OpenSSLClient(proxy, [version, "-alpn", "h2,http/1.0"])
        #expect(client.status != 0)
        #expect(client.text.contains("SSL alert number 120"), "\(client.text)")
        let report = try #require(proxy.nextReport())
        #expect(report.reason == .handshakeFailed)
        #expect(report.alertSent == .noApplicationProtocol)
        #expect(backend.connectionCount == 0)
    }

    @Test(
        "A client that offers none, or a proxy that lists none, goes without",
        arguments: versions,
        [(["http/1.1"], [String]()), ([], ["-alpn", "h2"])]
    )
    func none(version: String, offers: (proxy: [String], client: [String])) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, protocols: offers.proxy)
        let client = try OpenSSLClient(proxy, [version] + offers.client)
        #expect(client.text.contains("No ALPN negotiated"), "\(client.text)")
        #expect(client.text.contains(TestBackend.greeting))
        let report = try #require(proxy.nextReport())
        #expect(report.session?.applicationProtocol == nil)
    }
}
