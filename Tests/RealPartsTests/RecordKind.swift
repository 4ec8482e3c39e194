import TestSupport
import Testing

/// What `s_client` is told about its records, and the certificate that it meets: suite and version, and the bound that
/// it asks for (RFC 6066 §4).
struct RecordKind: CustomTestStringConvertible, Sendable {
    let arguments: [String]
    var certificate = TestIdentity.Kind.ecdsa

    var testDescription: String { arguments.joined(separator: " ") }

    private static let suites13 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
    private static let suites12 = ["AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305"]

    /// Every suite, and every bound under both versions.
    static let all: [RecordKind] =
        suites13.map { RecordKind(arguments: ["-tls1_3", "-ciphersuites", $0]) }
        + suites12.map { RecordKind(arguments: ["-tls1_2", "-cipher", "ECDHE-ECDSA-" + $0]) }
        + suites12.map { RecordKind(arguments: ["-tls1_2", "-cipher", "ECDHE-RSA-" + $0], certificate: .rsa) }
        + ["-tls1_3", "-tls1_2"].flatMap { version in
            ["512", "1024", "2048", "4096"].map { RecordKind(arguments: [version, "-maxfraglen", $0]) }
        }

    /// Every record filled up with zeros to a multiple of so many bytes (RFC 8446 §5.4), alerts too.
    static let padded = ["100", "3000", "4096", "16384"].map {
        RecordKind(arguments: ["-tls1_3", "-record_padding", $0])
    }

    /// Lines of a kilobyte, no two of which are the same, of letters none of which is a command of s_client's.
    static let data: String = (0..<700).map { line in
        let number = String(line)
        return number + String(repeating: "0123456789abcdef", count: 64).dropFirst(number.count) + "\n"
    }
    .joined()
}
