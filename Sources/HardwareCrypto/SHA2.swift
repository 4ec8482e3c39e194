#if HardwareCrypto
import CHardwareCrypto
import CLibCrypto
import CWolfSSLShims

/// SHA-256 and SHA-384, and the absorbing half of SHA-512: a handshake's transcript, and by it and by the program's
/// initialisers (`initialisers.c`) the key schedule and the sessions' generators, whose hashes the library makes without
/// a device. In all 300 blocks a handshake: 0.24 µs each by the library, 0.04 µs by a processor with SHA instructions.
///
/// Nothing is kept: each call works on the library's object (`sha2.c`).
/// Source: FIPS 180-4; RFC 8446 §4.4.1 and §7.1.
struct SHA2: Sendable {
    /// `nil` if the device and the library do not understand each other's objects.
    init?() {
        guard Self.agreesWithLibrary() else { return nil }
    }

    /// Answers one `WC_ALGO_TYPE_HASH` call: absorbs bytes, or gives the digest.
    ///
    /// - Returns: 0, or `CRYPTOCB_UNAVAILABLE` for other hashes, and for the end of SHA-512, which has shorter forms
    ///   that the call does not tell from it.
    func answer(_ info: UnsafeMutablePointer<wc_CryptoInfo>) -> Int32 {
        let byteCount = Int(info.pointee.hash.inSz)
        switch UInt32(bitPattern: info.pointee.hash.type) {
        case WC_HASH_TYPE_SHA256.rawValue:
            if let input = info.pointee.hash.in {
                hardware_crypto_sha256_update(info.pointee.hash.sha256, input, byteCount)
            } else if let digest = info.pointee.hash.digest {
                hardware_crypto_sha256_final(info.pointee.hash.sha256, digest)
            }
        case WC_HASH_TYPE_SHA384.rawValue:
            if let input = info.pointee.hash.in {
                hardware_crypto_sha512_update(info.pointee.hash.sha384, input, byteCount)
            } else if let digest = info.pointee.hash.digest {
                hardware_crypto_sha384_final(info.pointee.hash.sha384, digest)
            }
        case WC_HASH_TYPE_SHA512.rawValue:
            guard let input = info.pointee.hash.in else { return Int32(CRYPTOCB_UNAVAILABLE) }
            hardware_crypto_sha512_update(info.pointee.hash.sha512, input, byteCount)
        default:
            return Int32(CRYPTOCB_UNAVAILABLE)
        }
        return 0
    }
}
#endif
