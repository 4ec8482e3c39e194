#if HardwareCrypto
import CLibCrypto
import CWolfSSLShims

// One ephemeral exchange, twice on the thread that wolfSSL runs on:
//   1. make a key pair: a random scalar, and its multiple of the generator      (generateKey)
//   2. check the peer's point, multiply it by the scalar, give the x coordinate (sharedSecret)

/// ECDH on P-256 and P-384, with the making of its ephemeral keys.
///
/// It computes with `EC_POINT_mul`, as libcrypto's own key generation and key exchange do, and not through EVP: there
/// each exchange makes contexts and two copies of the group and multiplies the peer's point by the order, to no end
/// on curves of cofactor 1. For P-256 that is 15 + 60 µs against 33 + 130 µs.
///
/// Source: SEC 1 §3.3.1; NIST SP 800-56A §5.6.1.2.2 and §5.6.2.3.4; EC_POINT_add(3).
struct ECDH: Sendable {
    let curves: NamedCurves

    /// Answers `WC_PK_TYPE_EC_KEYGEN`: fills the library's key.
    ///
    /// - Returns: 0, or `CRYPTOCB_UNAVAILABLE` for other curves and if libcrypto failed.
    func generateKey(_ info: UnsafeMutablePointer<wc_CryptoInfo>) -> Int32 {
        // The library has set the curve by then.
        guard let key = info.pointee.pk.eckg.key,
            let curve = curves.curve(of: key),
            let x = LibraryNumber(key, \.pubkey.x),
            let y = LibraryNumber(key, \.pubkey.y),
            let z = LibraryNumber(key, \.pubkey.z),
            let k = LibraryNumber(key, \.k),
            let scratch = CurveScratch(curve)
        else { return Int32(CRYPTOCB_UNAVAILABLE) }

        repeat {
            // From libcrypto's private DRBG; uniform below the order.
            guard BN_priv_rand_range(scratch.scalar, EC_GROUP_get0_order(curve.group)) == 1 else {
                return CryptoDevice.leaveToLibrary()
            }
        } while BN_is_zero(scratch.scalar) == 1

        guard EC_POINT_mul(curve.group, scratch.result, scratch.scalar, nil, nil, scratch.context) == 1,
            EC_POINT_get_affine_coordinates(curve.group, scratch.result, scratch.x, scratch.y, scratch.context) == 1,
            x.take(scratch.x, byteCount: curve.byteCount),
            y.take(scratch.y, byteCount: curve.byteCount),
            z.takeOne(),
            k.take(scratch.scalar, byteCount: curve.byteCount)
        else { return CryptoDevice.leaveToLibrary() }
        key.pointee.type = Int32(ECC_PRIVATEKEY)
        return 0
    }

    /// Answers `WC_PK_TYPE_ECDH`: gives the x coordinate of the shared point, as long as the curve's field.
    ///
    /// - Returns: 0; `IS_POINT_E` if the peer's point is not on the curve; `ECC_OUT_OF_RANGE_E` if a coordinate is not
    ///   below the field's prime; `ECC_INF_E` for a zero private key; `BUFFER_E` if there is too little room;
    ///   `CRYPTOCB_UNAVAILABLE` for what the device does not do.
    func sharedSecret(_ info: UnsafeMutablePointer<wc_CryptoInfo>) -> Int32 {
        let call = info.pointee.pk.ecdh
        guard let privateKey = call.private_key, let peer = call.public_key,
            let output = call.out, let outputByteCount = call.outlen,
            let curve = curves.curve(of: privateKey), curves.curve(of: peer)?.keyKind == curve.keyKind,
            privateKey.holdsPrivateKey,
            let k = LibraryNumber(privateKey, \.k),
            let peerPoint = peer.affinePublicKey,
            let scratch = CurveScratch(curve),
            peerPoint.x.copy(to: scratch.x), peerPoint.y.copy(to: scratch.y), k.copy(to: scratch.scalar)
        else { return Int32(CRYPTOCB_UNAVAILABLE) }

        guard outputByteCount.pointee >= UInt32(curve.byteCount) else { return Int32(BUFFER_E) }
        // libcrypto would reduce a coordinate that is too large, and so take one point under two names.
        guard let prime = EC_GROUP_get0_field(curve.group),
            BN_cmp(scratch.x, prime) < 0, BN_cmp(scratch.y, prime) < 0
        else { return Int32(ECC_OUT_OF_RANGE_E) }
        // Refuses a point that is not on the curve; on it, with cofactor 1, every point is in the right group.
        guard EC_POINT_set_affine_coordinates(curve.group, scratch.point, scratch.x, scratch.y, scratch.context) == 1
        else {
            ERR_clear_error()
            return Int32(IS_POINT_E)
        }
        guard EC_POINT_mul(curve.group, scratch.result, nil, scratch.point, scratch.scalar, scratch.context) == 1 else {
            return CryptoDevice.leaveToLibrary()
        }
        guard EC_POINT_is_at_infinity(curve.group, scratch.result) == 0 else { return Int32(ECC_INF_E) }
        guard EC_POINT_get_affine_coordinates(curve.group, scratch.result, scratch.x, nil, scratch.context) == 1,
            BN_bn2binpad(scratch.x, output, Int32(curve.byteCount)) == curve.byteCount
        else { return CryptoDevice.leaveToLibrary() }
        outputByteCount.pointee = UInt32(curve.byteCount)
        return 0
    }
}
#endif
