import ProxyEngine
import TestSupport
import Testing

/// Records that the proxy opens where it received them, of every suite, size and padding.
@Suite("OpenSSL s_client: uploads of many records")
struct OpenSSLUploadTests {
    struct Kind: CustomTestStringConvertible, Sendable {
        let arguments: [String]
        var certificate = TestIdentity.Kind.ecdsa

        var testDescription: String { arguments.joined(separator: " ") }
    }

    private static let suites13 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
    private static let suites12 = ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"]

    static let kinds: [Kind] =
        suites13.map { Kind(arguments: ["-tls1_3", "-ciphersuites", $0]) }
        + suites12.map { Kind(arguments: ["-tls1_2", "-cipher", "ECDHE-ECDSA-" + $0]) }
        + suites12.map { Kind(arguments: ["-tls1_2", "-cipher", "ECDHE-RSA-" + $0], certificate: .rsa) }
        + ["-tls1_3", "-tls1_2"].flatMap { version in
            ["512", "1024", "2048", "4096"].map { Kind(arguments: [version, "-maxfraglen", $0]) }
        }
        // Every record is filled up with zeros, an alert too.
        + ["100", "3000", "4096", "16384"].map { Kind(arguments: ["-tls1_3", "-record_padding", $0]) }

    /// Lines of a kilobyte, no two of which are the same, of letters none of which is a command of s_client's.
    private static let data: String = (0..<700).map { line in
        let number = String(line)
        return number + String(repeating: "0123456789abcdef", count: 64).dropFirst(number.count) + "\n"
    }
    .joined()

    @Test("What the client sends arrives whole, and its end is told as an end", arguments: kinds, Worker.allCases)
    func upload(kind: Kind, worker: Worker) throws {
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
            input: Self.data,
            timeout: 60
        )
        #expect(client.status == 0)
        let received = try #require(arrival.wait())
        let isSame = received.elementsEqual(Self.data.utf8)
        #expect(isSame, "\(received.count) bytes for \(Self.data.utf8.count)")
        #expect(proxy.nextReport()?.reason == .finished)
    }
}
