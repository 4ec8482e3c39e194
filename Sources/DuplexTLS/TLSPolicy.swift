/// What a context negotiates: versions, suites, groups and signature algorithms, in order of preference.
///
/// Always set in full: a default wolfSSL 5.5.4 context also accepts TLS 1.1, NULL, RC4, 3DES and anonymous DH.
/// The names are the library's own. Source: RFC 9325 (BCP 195), RFC 8446 §9.1.
public struct TLSPolicy: Sendable, Hashable {
    public let versions: ClosedRange<TLSVersion>
    let suites: [String]

    /// TLS 1.3 only.
    public static let modern = TLSPolicy(versions: .tls13 ... .tls13, suites: tls13Suites)

    /// TLS 1.2 and 1.3; in 1.2 only AEAD suites with forward secrecy.
    public static let intermediate = TLSPolicy(versions: .tls12 ... .tls13, suites: tls13Suites + tls12Suites)

    /// TLS 1.2 alone, with the suites of ``intermediate``. For clients that must be pinned, and for tests.
    public static let tls12Only = TLSPolicy(versions: .tls12 ... .tls12, suites: tls12Suites)

    // AES-GCM first: it goes through the crypto device, ChaCha20-Poly1305 has no hook for one and stays in the
    // library's C code. AES-128 before AES-256: 20 % fewer rounds at a strength nobody can reach either.
    private static let tls13Suites = [
        "TLS13-AES128-GCM-SHA256", "TLS13-AES256-GCM-SHA384", "TLS13-CHACHA20-POLY1305-SHA256",
    ]
    private static let tls12Suites = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ]

    var suiteList: String { suites.joined(separator: ":") }

    /// Groups, X25519 first: the cheapest, and what nearly every client sends a share for.
    static let groups: [NamedGroup] = [.x25519, .secp256r1, .secp384r1]
    static let groupList = groups.map(\.name).joined(separator: ":")

    /// Signature algorithms for certificates and handshakes. No SHA-1, no SHA-224.
    static let signatureAlgorithms = [
        "ECDSA+SHA256", "ED25519", "RSA-PSS+SHA256", "ECDSA+SHA384", "RSA-PSS+SHA384", "RSA-PSS+SHA512",
        "RSA+SHA256", "RSA+SHA384", "RSA+SHA512", "ECDSA+SHA512",
    ].joined(separator: ":")

    /// Keys smaller than these are refused, bits.
    static let minimumRSAKeySize: Int16 = 2048
    static let minimumECKeySize: Int16 = 256
}
