internal import CWolfSSL

/// The SHA-256 of a stream, piece by piece.
struct StreamDigest: ~Copyable {
    /// How long a stream was, and its hash in hexadecimal digits.
    struct Value: Equatable, Sendable, CustomStringConvertible {
        var count: Int
        var hash: String

        var description: String { "\(count) bytes, SHA-256 \(hash.prefix(16))…" }
    }

    private var state = wc_Sha256()
    private var count = 0

    // wolfCrypt's SHA-256 works on the memory that it is given, and fails only for a missing argument.
    init() { wc_InitSha256(&state) }

    deinit {
        var state = state
        wc_Sha256Free(&state)
    }

    mutating func add(_ bytes: [UInt8]) {
        wc_Sha256Update(&state, bytes, UInt32(bytes.count))
        count += bytes.count
    }

    /// What has been added so far comes to.
    mutating func value() -> Value {
        var hash = [UInt8](repeating: 0, count: Int(WC_SHA256_DIGEST_SIZE))
        wc_Sha256Final(&state, &hash)
        let digits = hash.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }
        return Value(count: count, hash: digits.joined())
    }
}
