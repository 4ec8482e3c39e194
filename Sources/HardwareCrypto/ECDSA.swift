#if HardwareCrypto
import CLibCrypto
import CWolfSSLShims

/// ECDSA on P-256 and P-384.
///
/// Source: FIPS 186-4 §6; SEC 1 §4.1; EVP_PKEY_sign(3), EVP_PKEY_verify(3), EVP_PKEY-EC(7).
struct ECDSA: Sendable {
    let curves: NamedCurves
    let keys: KeyCache

    /// SEQUENCE and two INTEGERs of 49 bytes at most, for P-384.
    private static let signatureByteLimit = 104

    /// Answers `WC_PK_TYPE_ECDSA_SIGN`: signs a digest, gives the signature in DER.
    ///
    /// - Returns: 0; `BUFFER_E` if there is too little room; `CRYPTOCB_UNAVAILABLE` for what the device does not do.
    func sign(_ info: UnsafeMutablePointer<wc_CryptoInfo>) -> Int32 {
        let call = info.pointee.pk.eccsign
        guard let key = call.key, let digest = call.in, let output = call.out, let outputByteCount = call.outlen,
            let curve = curves.curve(of: key), key.holdsPrivateKey,
            // A nonce of the caller's, or one derived from the digest, is the library's to use.
            key.pointee.deterministic == 0, key.pointee.sign_k == nil,
            let k = LibraryNumber(key, \.k), !k.isZero,
            let cached = cachedKey(key, curve, k)
        else { return Int32(CRYPTOCB_UNAVAILABLE) }

        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.signatureByteLimit) { signature in
            var byteCount = signature.count
            let isSigned = cached.withContext(prepare: { EVP_PKEY_sign_init($0) == 1 }) {
                EVP_PKEY_sign($0, signature.baseAddress, &byteCount, digest, Int(call.inlen)) == 1
            }
            guard isSigned == true, let bytes = signature.baseAddress else { return CryptoDevice.leaveToLibrary() }
            guard UInt32(byteCount) <= outputByteCount.pointee else { return Int32(BUFFER_E) }
            output.update(from: bytes, count: byteCount)
            outputByteCount.pointee = UInt32(byteCount)
            return 0
        }
    }

    /// Answers `WC_PK_TYPE_ECDSA_VERIFY`: sets the call's result to 1 for a true signature, to 0 for a false one.
    ///
    /// The peer's key is not kept: it comes from outside, and would push the certificates' keys out of the cache.
    ///
    /// - Returns: 0 with a verdict; `CRYPTOCB_UNAVAILABLE` without one: for what the device does not do, and for a
    ///   signature that libcrypto cannot parse, which the library then judges.
    func verify(_ info: UnsafeMutablePointer<wc_CryptoInfo>) -> Int32 {
        let call = info.pointee.pk.eccverify
        guard let key = call.key, let signature = call.sig, let digest = call.hash, let result = call.res,
            let curve = curves.curve(of: key),
            let point = key.affinePublicKey
        else { return Int32(CRYPTOCB_UNAVAILABLE) }
        result.pointee = 0
        guard let peer = Self.convert(curve, point, privateKey: nil) else { return CryptoDevice.leaveToLibrary() }
        defer { EVP_PKEY_free(peer) }
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, peer, nil) else { return CryptoDevice.leaveToLibrary() }
        defer { EVP_PKEY_CTX_free(context) }
        guard EVP_PKEY_verify_init(context) == 1 else { return CryptoDevice.leaveToLibrary() }
        switch EVP_PKEY_verify(context, signature, Int(call.siglen), digest, Int(call.hashlen)) {
        case 1:
            result.pointee = 1
            return 0
        case 0:
            ERR_clear_error()
            return 0
        default:
            return CryptoDevice.leaveToLibrary()
        }
    }

    private func cachedKey(
        _ key: UnsafeMutablePointer<ecc_key>,
        _ curve: NamedCurve,
        _ k: LibraryNumber
    ) -> CachedKey? {
        let point = key.affinePublicKey
        var material = KeyMaterial(curve.keyKind)
        // A key without its public half has nothing that may make a fingerprint.
        material.append(point?.x.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0))
        material.append(point?.y.bytes ?? UnsafeRawBufferPointer(start: nil, count: 0))
        material.append(k.bytes)
        return keys.key(for: material) { Self.convert(curve, point, privateKey: k) }
    }

    /// An `EVP_PKEY` with the halves that are there. The public one is checked to be on the curve.
    private static func convert(
        _ curve: NamedCurve,
        _ point: (x: LibraryNumber, y: LibraryNumber)?,
        privateKey: LibraryNumber?
    ) -> OpaquePointer? {
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * curve.byteCount, alignment: 1) { encoded in
            var parameters = KeyParameters(capacity: 3)
            parameters.append("group", text: curve.name)
            if let point {
                guard encode(point, into: encoded) else { return nil }
                parameters.append("pub", octets: UnsafeRawBufferPointer(encoded))
            }
            if let privateKey {
                parameters.append("priv", number: privateKey.bytes)
            }
            return parameters.makeKey("EC", privateKey == nil ? .publicKey : .keyPair)
        }
    }

    /// The point uncompressed: 4, x, y (SEC 1 §2.3.3). False if a coordinate is longer than the curve's field.
    private static func encode(
        _ point: (x: LibraryNumber, y: LibraryNumber),
        into encoded: UnsafeMutableRawBufferPointer
    ) -> Bool {
        let width = encoded.count / 2
        encoded.initializeMemory(as: UInt8.self, repeating: 0)
        encoded[0] = 4
        for (number, end) in [(point.x.bytes, 1 + width), (point.y.bytes, 1 + 2 * width)] {
            guard number.count <= width else { return false }
            for (index, byte) in number.enumerated() {
                encoded[end - 1 - index] = byte
            }
        }
        return true
    }
}
#endif
