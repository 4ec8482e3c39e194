#if HardwareCrypto
import CHardwareCrypto
import CLibCrypto
import CWolfSSLShims

/// X25519: the making of keys, and the shared secret.
///
/// wolfSSL 5.5.4 makes its X25519 keys of TLS 1.3 without the session's device (`TLSX_KeyShare_GenX25519Key` in
/// src/tls.c); they come here because the program's `wc_curve25519_init_ex` gives them one (`initialisers.c`).
///
/// Both operations are one exchange each, 37 µs of computation. libcrypto's own way to a public key takes 46 µs, as it
/// has no code for the processor's wide multiplications there.
///
/// Source: RFC 7748 §5 and §6.1; RFC 8446 §7.4.2.
struct X25519: Sendable {
    private static let byteCount = Int(hardware_crypto_x25519_size)

    /// u = 9. Source: RFC 7748 §4.1.
    private static let basePoint: [UInt8] = [9] + [UInt8](repeating: 0, count: byteCount - 1)

    /// Where a key of the library holds its bytes, 32 each, least significant first.
    private struct Halves {
        let secret: UnsafeMutablePointer<UInt8>
        let point: UnsafeMutablePointer<UInt8>

        init(_ key: UnsafeMutablePointer<curve25519_key>) {
            secret = UnsafeMutableRawPointer(key).advanced(by: Self.secretOffset).assumingMemoryBound(to: UInt8.self)
            point = UnsafeMutableRawPointer(key).advanced(by: Self.pointOffset).assumingMemoryBound(to: UInt8.self)
        }

        // Members of a C structure are stored, so they have an offset.
        private static var secretOffset: Int { MemoryLayout<curve25519_key>.offset(of: \.k)! }
        private static var pointOffset: Int { MemoryLayout<curve25519_key>.offset(of: \.p.point)! }
    }

    /// `nil` if a provider has it not. To be made once.
    init?() {
        guard hardware_crypto_x25519_prepare() == 1 else { return nil }
    }

    /// Answers `WC_PK_TYPE_CURVE25519_KEYGEN`: fills the library's key.
    ///
    /// - Returns: 0, or `CRYPTOCB_UNAVAILABLE` if libcrypto failed.
    func generateKey(_ info: UnsafeMutablePointer<wc_CryptoInfo>) -> Int32 {
        guard let key = info.pointee.pk.curve25519kg.key, info.pointee.pk.curve25519kg.size == Self.byteCount else {
            return Int32(CRYPTOCB_UNAVAILABLE)
        }
        let halves = Halves(key)
        guard RAND_priv_bytes(halves.secret, Int32(Self.byteCount)) == 1 else { return CryptoDevice.leaveToLibrary() }
        // As RFC 7748 §5 has it and the library expects of its keys.
        halves.secret[0] &= 248
        halves.secret[Self.byteCount - 1] = halves.secret[Self.byteCount - 1] & 127 | 64
        // RFC 7748 §6.1: the public key is X25519(secret, 9).
        let exchange = hardware_crypto_x25519(halves.secret, Self.basePoint, halves.point)
        guard exchange == hardware_crypto_exchange_done else { return Int32(CRYPTOCB_UNAVAILABLE) }
        key.pointee.privSet = 1
        key.pointee.pubSet = 1
        return 0
    }

    /// Answers `WC_PK_TYPE_CURVE25519`: gives the shared secret in the order that was asked for.
    ///
    /// - Returns: 0; `ECC_OUT_OF_RANGE_E` for a secret of zeros, which a peer's point of small order gives; `BUFFER_E`
    ///   if there is too little room; `CRYPTOCB_UNAVAILABLE` for what the device does not do.
    func sharedSecret(_ info: UnsafeMutablePointer<wc_CryptoInfo>) -> Int32 {
        let call = info.pointee.pk.curve25519
        guard let privateKey = call.private_key, let peer = call.public_key,
            let output = call.out, let outputByteCount = call.outlen,
            privateKey.pointee.privSet == 1, peer.pointee.pubSet == 1
        else { return Int32(CRYPTOCB_UNAVAILABLE) }
        guard outputByteCount.pointee >= UInt32(Self.byteCount) else { return Int32(BUFFER_E) }

        switch hardware_crypto_x25519(Halves(privateKey).secret, Halves(peer).point, output) {
        case hardware_crypto_exchange_done:
            break
        case hardware_crypto_exchange_refused:
            // The library would take a secret of zeros, so it is not asked.
            OPENSSL_cleanse(output, Self.byteCount)
            return Int32(ECC_OUT_OF_RANGE_E)
        default:
            return Int32(CRYPTOCB_UNAVAILABLE)
        }
        if call.endian == Int32(EC25519_BIG_ENDIAN) {
            var bytes = UnsafeMutableBufferPointer(start: output, count: Self.byteCount)
            bytes.reverse()
        }
        outputByteCount.pointee = UInt32(Self.byteCount)
        return 0
    }
}
#endif
