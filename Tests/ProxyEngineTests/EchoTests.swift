import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

@Suite struct EchoTests {
    @Test(arguments: [TLSPolicy.modern, .tls12Only])
    func whatGoesInComesOutAndBothStreamsEndCleanly(policy: TLSPolicy) throws {
        let backend = TestBackend.echo()
        let proxy = TestProxy(backend: backend.address)
        guard let client = TestClient.connect(proxy.address, policy: policy) else {
            Issue.record("no handshake: \(String(describing: proxy.nextReport()))")
            return
        }
        let message = [UInt8]("hello, duplexd".utf8)
        #expect(client.write(message))
        #expect(client.read(exactly: message.count) == message)
        client.close()
        let (rest, end) = client.readAll()
        #expect(rest.isEmpty)
        #expect(end == .closeNotify)
        client.socket.close()
        let report = try #require(proxy.nextReport())
        #expect(report.reason == .finished)
        #expect(report.session?.version == policy.versions.upperBound)
        #expect(report.bytesToBackend == UInt64(message.count))
        #expect(report.bytesToClient == UInt64(message.count))
    }
}
