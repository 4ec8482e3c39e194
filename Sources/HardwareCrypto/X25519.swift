#if HardwareCrypto
import CLibCrypto
import CWolfSSLShims
import Glibc

/// X25519: the making of keys, and the shared secret.
///
/// wolfSSL 5.5.4 asks for it in TLS 1.2 alone: in TLS 1.3 it initialises its X25519 keys without the session's device
/// (`TLSX_KeyShare_GenX25519Key` in src/tls.c).
/// Source: RFC 7748 §5 and §6.1; RFC 8446 §7.4.2; EVP_PKEY-X25519(7).
struct X25519: Sendable {
    private static let byteCount = 32

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

    /// `nil` if a provider has it not.
    init?() {
        guard KeyParameters.offers("X25519") else { return nil }
    }

    /// Answers `WC_PK_TYPE_CURVE25519_KEYGEN`: fills the library's key.
    ///
    /// - Returns: 0, or `CRYPTOCB_UNAVAILABLE` if libcrypto failed.
    func generateKey(_ info: UnsafeMutablePointer<wc_CryptoInfo>) -> Int32 {
        guard let key = info.pointee.pk.curve25519kg.key, info.pointee.pk.curve25519kg.size == Self.byteCount else {
            return Int32(CRYPTOCB_UNAVAILABLE)
        }
        let halves = Halves(key)
        guard Self.fill(halves.secret, halves.point) else { return CryptoDevice.leaveToLibrary() }
        key.pointee.privSet = 1
        key.pointee.pubSet = 1
        return 0
    }

    private static func fill(_ secret: UnsafeMutablePointer<UInt8>, _ point: UnsafeMutablePointer<UInt8>) -> Bool {
        guard RAND_priv_bytes(secret, Int32(byteCount)) == 1 else { return false }
        // As RFC 7748 §5 has it and the library expects of its keys.
        secret[0] &= 248
        secret[byteCount - 1] = secret[byteCount - 1] & 127 | 64
        // libcrypto computes the public half meanwhile.
        guard let made = EVP_PKEY_new_raw_private_key_ex(nil, "X25519", nil, secret, byteCount) else {
            return false
        }
        defer { EVP_PKEY_free(made) }
        var written = byteCount
        return EVP_PKEY_get_raw_public_key(made, point, &written) == 1 && written == byteCount
    }

    /// Answers `WC_PK_TYPE_CURVE25519`: gives the shared secret in the order that was asked for.
    ///
    /// - Returns: 0; `ECC_OUT_OF_RANGE_E` for a secret of zeros, which a peer's point of small order gives; `BUFFER_E`
    ///   if there is too little room; `CRYPTOCB_UNAVAILABLE` for what the device does not do.
    func sharedSecret(_ info: UnsafeMutablePointer<wc_CryptoInfo>) -> Int32 {
        let call = info.pointee.pk.curve25519
        guard let privateKey = call.private_key, let peer = call.public_key,
            let output = call.out, let outputByteCount = call.outlen,
            privateKey.pointee.privSet == 1, peer.pointee.pubSet == 1,
            let own = Self.convert(privateKey)
        else { return Int32(CRYPTOCB_UNAVAILABLE) }
        defer { EVP_PKEY_free(own) }
        guard outputByteCount.pointee >= UInt32(Self.byteCount) else { return Int32(BUFFER_E) }

        guard let peerKey = EVP_PKEY_new_raw_public_key_ex(nil, "X25519", nil, Halves(peer).point, Self.byteCount)
        else {
            return CryptoDevice.leaveToLibrary()
        }
        defer { EVP_PKEY_free(peerKey) }
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, own, nil) else { return CryptoDevice.leaveToLibrary() }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_derive_init(context) == 1, EVP_PKEY_derive_set_peer_ex(context, peerKey, 0) == 1 else {
            return CryptoDevice.leaveToLibrary()
        }
        var written = Self.byteCount
        guard EVP_PKEY_derive(context, output, &written) == 1, written == Self.byteCount else {
            // libcrypto refuses a secret of zeros. The library would take it, so it is not asked.
            OPENSSL_cleanse(output, Self.byteCount)
            ERR_clear_error()
            return Int32(ECC_OUT_OF_RANGE_E)
        }
        if call.endian == Int32(EC25519_BIG_ENDIAN) {
            var bytes = UnsafeMutableBufferPointer(start: output, count: Self.byteCount)
            bytes.reverse()
        }
        outputByteCount.pointee = UInt32(Self.byteCount)
        return 0
    }

    /// Both halves are given, as libcrypto would compute a missing public one, at the cost of another exchange.
    private static func convert(_ key: UnsafeMutablePointer<curve25519_key>) -> OpaquePointer? {
        let halves = Halves(key)
        var parameters = KeyParameters(capacity: 2)
        parameters.append("priv", octets: UnsafeRawBufferPointer(start: halves.secret, count: byteCount))
        if key.pointee.pubSet == 1 {
            parameters.append("pub", octets: UnsafeRawBufferPointer(start: halves.point, count: byteCount))
        }
        return parameters.makeKey("X25519", .keyPair)
    }
}
#endif
