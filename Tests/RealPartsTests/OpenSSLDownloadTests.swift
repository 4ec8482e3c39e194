import TestSupport
import Testing

/// What a suite and a client's bound on records (RFC 6066 §4) make of a record's frame, which the proxy lays plaintext
/// out for before it encrypts it.
@Suite("OpenSSL s_client: downloads of many records")
struct OpenSSLDownloadTests {
    @Test("What the backend sends arrives whole, in records of any frame", arguments: RecordKind.all)
    func download(kind: RecordKind) throws {
        let data = RecordKind.data
        let backend = TestBackend { socket in
            socket.writeAll(Array(data.utf8))
            socket.finish()
            socket.readAll { _ in }
        }
        let proxy = try TestProxy.serving(backend.address, certificate: kind.certificate)
        let client = try OpenSSLClient(proxy, ["-quiet"] + kind.arguments)
        #expect(client.status == 0)
        let isThere = client.text.contains(data)
        #expect(isThere, "\(client.text.count) characters for \(data.utf8.count)")
    }
}
