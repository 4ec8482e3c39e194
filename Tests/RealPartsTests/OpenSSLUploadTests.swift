import ProxyEngine
import TestSupport
import Testing

/// Records that the proxy opens where it received them, of every suite, size and padding.
@Suite("OpenSSL s_client: uploads of many records")
struct OpenSSLUploadTests {
    @Test(
        "What the client sends arrives whole, and its end is told as an end",
        arguments: RecordKind.all + RecordKind.padded,
        Worker.allCases
    )
    func upload(kind: RecordKind, worker: Worker) throws {
        let arrival = Arrival<[UInt8]>()
        let backend = TestBackend { socket in
            var received: [UInt8] = []
            let end = socket.readAll { received += $0 }
            arrival.leave(end == .finished ? received : [])
        }
        let proxy = try TestProxy.serving(backend.address, certificate: kind.certificate, worker: worker)
        // s_client ends with its input, by close_notify.
        let client = try Program("openssl").run(
            OpenSSLClient.arguments(proxy, ["-no_ign_eof"] + kind.arguments),
            input: RecordKind.data,
            timeout: 60
        )
        #expect(client.status == 0)
        let received = try #require(arrival.wait())
        let isSame = received.elementsEqual(RecordKind.data.utf8)
        #expect(isSame, "\(received.count) bytes for \(RecordKind.data.utf8.count)")
        #expect(proxy.nextReport()?.reason == .finished)
    }
}
