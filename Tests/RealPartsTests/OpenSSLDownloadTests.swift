import TestSupport
import Testing

/// What a suite and a client's bound on records (RFC 6066 §4) make of a record's frame, which the proxy lays plaintext
/// out for before it encrypts it.
@Suite("OpenSSL s_client: downloads of many records")
struct OpenSSLDownloadTests {
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

    /// Lines of a kilobyte, no two of which are the same.
    private static let data: [UInt8] = (0..<700).flatMap { line -> [UInt8] in
        let number = String(line)
        return Array((number + String(repeating: "abcdefghijklmnop", count: 64).dropFirst(number.count)).utf8) + [10]
    }

    @Test("What the backend sends arrives whole, in records of any frame", arguments: kinds)
    func download(kind: Kind) throws {
        let data = Self.data
        let backend = TestBackend { socket in
            socket.writeAll(data)
            socket.finish()
            socket.readAll { _ in }
        }
        let proxy = try TestProxy.serving(backend.address, certificate: kind.certificate)
        let client = try OpenSSLClient(proxy, ["-quiet"] + kind.arguments)
        #expect(client.status == 0)
        let isThere = client.text.contains(String(decoding: data, as: UTF8.self))
        #expect(isThere, "\(client.text.count) characters for \(data.count)")
    }
}
