#if HardwareCrypto
import CWolfSSLShims

/// What the library returned where success was needed.
struct WolfFailure: Error, Equatable { let code: Int32 }

private func check(_ code: Int32) throws {
    if code != 0 { throw WolfFailure(code: code) }
}

/// A generator of the library's own, on the heap.
final class WolfRandom {
    let pointer = UnsafeMutablePointer<WC_RNG>.allocate(capacity: 1)

    init(_ worker: Worker = .library) throws { try check(wc_InitRng_ex(pointer, nil, worker.deviceID())) }
    deinit {
        wc_FreeRng(pointer)
        pointer.deallocate()
    }

    func bytes(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        try check(wc_RNG_GenerateBlock(pointer, &bytes, UInt32(count)))
        return bytes
    }
}

/// The curves that the device computes on.
enum Curve: CaseIterable, Sendable {
    case p256, p384

    var byteCount: Int { self == .p256 ? 32 : 48 }
    var id: Int32 { self == .p256 ? ECC_SECP256R1.asInt32 : ECC_SECP384R1.asInt32 }
}

/// One `ecc_key` of the library on the heap.
final class WolfECKey {
    let pointer = UnsafeMutablePointer<ecc_key>.allocate(capacity: 1)
    let random: WolfRandom

    private init(_ worker: Worker) throws {
        random = try WolfRandom()
        try check(wc_ecc_init_ex(pointer, nil, worker.deviceID()))
        // For the library's own blinding; the device does not look at it.
        wc_ecc_set_rng(pointer, random.pointer)
    }

    deinit {
        wc_ecc_free(pointer)
        pointer.deallocate()
        // The thread's cache would be a leak if the thread ended first (invariant I9).
        wc_ecc_fp_free()
    }

    convenience init(generatedBy worker: Worker, _ curve: Curve) throws {
        try self.init(worker)
        try check(wc_ecc_make_key_ex(random.pointer, Int32(curve.byteCount), pointer, curve.id))
    }

    convenience init(_ worker: Worker, _ curve: Curve, x: [UInt8], y: [UInt8], secret: [UInt8]? = nil) throws {
        try self.init(worker)
        if let secret {
            try check(wc_ecc_import_unsigned(pointer, x, y, secret, curve.id))
        } else {
            try check(wc_ecc_import_unsigned(pointer, x, y, nil, curve.id))
        }
    }

    /// A private key whose public half is not there.
    convenience init(_ worker: Worker, _ curve: Curve, onlySecret secret: [UInt8]) throws {
        try self.init(worker)
        try check(wc_ecc_import_private_key_ex(secret, UInt32(secret.count), nil, 0, pointer, curve.id))
    }

    /// The same key for another worker.
    func copy(for worker: Worker, _ curve: Curve) throws -> WolfECKey {
        let (x, y, secret) = try parts(curve)
        return try WolfECKey(worker, curve, x: x, y: y, secret: secret)
    }

    func parts(_ curve: Curve) throws -> (x: [UInt8], y: [UInt8], secret: [UInt8]) {
        let width = curve.byteCount
        var x = [UInt8](repeating: 0, count: width)
        var (y, secret) = (x, x)
        var (xCount, yCount, secretCount) = (UInt32(width), UInt32(width), UInt32(width))
        try check(wc_ecc_export_private_raw(pointer, &x, &xCount, &y, &yCount, &secret, &secretCount))
        // A number with leading zeros may be given shorter.
        func padded(_ bytes: [UInt8], _ count: UInt32) -> [UInt8] {
            [UInt8](repeating: 0, count: width - Int(count)) + bytes.prefix(Int(count))
        }
        return (padded(x, xCount), padded(y, yCount), padded(secret, secretCount))
    }

    /// - Parameter room: what the caller says there is.
    func sign(_ digest: [UInt8], room: UInt32 = 256) throws -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: 256)
        var count = room
        try check(wc_ecc_sign_hash(digest, UInt32(digest.count), &signature, &count, random.pointer, pointer))
        return Array(signature.prefix(Int(count)))
    }

    /// Whether the library says that the signature is true, and its code.
    func verify(_ signature: [UInt8], _ digest: [UInt8]) -> (isTrue: Bool, code: Int32) {
        // Not 0, so that a result that nobody sets is seen.
        var result: Int32 = 77
        let code = wc_ecc_verify_hash(
            signature,
            UInt32(signature.count),
            digest,
            UInt32(digest.count),
            &result,
            pointer
        )
        return (result == 1, code)
    }

    func sharedSecret(_ peer: WolfECKey, room: UInt32 = 64) throws -> [UInt8] {
        var secret = [UInt8](repeating: 0xee, count: 64)
        var count = room
        try check(wc_ecc_shared_secret(pointer, peer.pointer, &secret, &count))
        return Array(secret.prefix(Int(count)))
    }
}

/// One `curve25519_key` of the library on the heap. Bytes are as on the wire, least significant first.
final class WolfX25519Key {
    let pointer = UnsafeMutablePointer<curve25519_key>.allocate(capacity: 1)

    private init(_ worker: Worker) throws { try check(wc_curve25519_init_ex(pointer, nil, worker.deviceID())) }
    deinit {
        wc_curve25519_free(pointer)
        pointer.deallocate()
    }

    convenience init(generatedBy worker: Worker) throws {
        try self.init(worker)
        let random = try WolfRandom()
        try check(wc_curve25519_make_key(random.pointer, 32, pointer))
    }

    convenience init(_ worker: Worker, secret: [UInt8]) throws {
        try self.init(worker)
        try check(wc_curve25519_import_private_ex(secret, 32, pointer, EC25519_LITTLE_ENDIAN.asInt32))
    }

    convenience init(_ worker: Worker, point: [UInt8]) throws {
        try self.init(worker)
        try check(wc_curve25519_import_public_ex(point, 32, pointer, EC25519_LITTLE_ENDIAN.asInt32))
    }

    func point() throws -> [UInt8] {
        var point = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 32
        try check(wc_curve25519_export_public_ex(pointer, &point, &count, EC25519_LITTLE_ENDIAN.asInt32))
        return point
    }

    func secret() throws -> [UInt8] {
        var secret = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 32
        try check(wc_curve25519_export_private_raw_ex(pointer, &secret, &count, EC25519_LITTLE_ENDIAN.asInt32))
        return secret
    }

    func sharedSecret(_ peer: WolfX25519Key, bigEndian: Bool = false) throws -> [UInt8] {
        var secret = [UInt8](repeating: 0xee, count: 32)
        var count: UInt32 = 32
        let order = bigEndian ? EC25519_BIG_ENDIAN.asInt32 : EC25519_LITTLE_ENDIAN.asInt32
        try check(wc_curve25519_shared_secret_ex(pointer, peer.pointer, &secret, &count, order))
        return secret
    }
}

/// One `RsaKey` of the library on the heap.
final class WolfRSAKey {
    let pointer = UnsafeMutablePointer<RsaKey>.allocate(capacity: 1)
    let random: WolfRandom
    let byteCount: Int

    /// Decodes a key, as the library does for each handshake.
    init(_ worker: Worker, der: [UInt8], isPublic: Bool = false) throws {
        random = try WolfRandom()
        try check(wc_InitRsaKey_ex(pointer, nil, worker.deviceID()))
        var index: UInt32 = 0
        try check(
            isPublic
                ? wc_RsaPublicKeyDecode(der, &index, pointer, UInt32(der.count))
                : wc_RsaPrivateKeyDecode(der, &index, pointer, UInt32(der.count))
        )
        wc_RsaSetRNG(pointer, random.pointer)
        byteCount = Int(wc_RsaEncryptSize(pointer))
    }

    deinit {
        wc_FreeRsaKey(pointer)
        pointer.deallocate()
    }

    /// A new key of `bitCount` bits: both halves in DER.
    static func generate(_ bitCount: Int32) throws -> (privateKey: [UInt8], publicKey: [UInt8]) {
        let random = try WolfRandom()
        let key = UnsafeMutablePointer<RsaKey>.allocate(capacity: 1)
        defer { key.deallocate() }
        try check(wc_InitRsaKey_ex(key, nil, INVALID_DEVID))
        defer { wc_FreeRsaKey(key) }
        try check(wc_MakeRsaKey(key, bitCount, 65_537, random.pointer))
        var privateKey = [UInt8](repeating: 0, count: 4_096)
        let privateCount = wc_RsaKeyToDer(key, &privateKey, UInt32(privateKey.count))
        var publicKey = [UInt8](repeating: 0, count: 4_096)
        let publicCount = wc_RsaKeyToPublicDer(key, &publicKey, UInt32(publicKey.count))
        guard privateCount > 0, publicCount > 0 else { throw WolfFailure(code: min(privateCount, publicCount)) }
        return (Array(privateKey.prefix(Int(privateCount))), Array(publicKey.prefix(Int(publicCount))))
    }

    enum Padding: CaseIterable, Sendable { case pkcs1, pss }

    func sign(_ digest: [UInt8], _ padding: Padding) throws -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: byteCount)
        let count =
            switch padding {
            case .pkcs1:
                wc_RsaSSL_Sign(digest, UInt32(digest.count), &signature, UInt32(byteCount), pointer, random.pointer)
            case .pss:
                wc_RsaPSS_Sign(
                    digest,
                    UInt32(digest.count),
                    &signature,
                    UInt32(byteCount),
                    WC_HASH_TYPE_SHA256,
                    WC_MGF1SHA256.asInt32,
                    pointer,
                    random.pointer
                )
            }
        guard count == byteCount else { throw WolfFailure(code: count) }
        return signature
    }

    func accepts(_ signature: [UInt8], _ digest: [UInt8], _ padding: Padding) -> Bool {
        var message = [UInt8](repeating: 0, count: byteCount)
        switch padding {
        case .pkcs1:
            let count = wc_RsaSSL_Verify(
                signature,
                UInt32(signature.count),
                &message,
                UInt32(byteCount),
                pointer
            )
            return count == digest.count && Array(message.prefix(digest.count)) == digest
        case .pss:
            var signature = signature
            return wc_RsaPSS_VerifyCheck(
                &signature,
                UInt32(signature.count),
                &message,
                UInt32(byteCount),
                digest,
                UInt32(digest.count),
                WC_HASH_TYPE_SHA256,
                WC_MGF1SHA256.asInt32,
                pointer
            ) > 0
        }
    }

    func encrypt(_ message: [UInt8]) throws -> [UInt8] {
        var ciphertext = [UInt8](repeating: 0, count: byteCount)
        let count = wc_RsaPublicEncrypt(
            message,
            UInt32(message.count),
            &ciphertext,
            UInt32(byteCount),
            pointer,
            random.pointer
        )
        guard count == byteCount else { throw WolfFailure(code: count) }
        return ciphertext
    }

    func decrypt(_ ciphertext: [UInt8]) throws -> [UInt8] {
        var message = [UInt8](repeating: 0, count: byteCount)
        let count = wc_RsaPrivateDecrypt(ciphertext, UInt32(ciphertext.count), &message, UInt32(byteCount), pointer)
        guard count >= 0 else { throw WolfFailure(code: count) }
        return Array(message.prefix(Int(count)))
    }

    /// The raw operation, without padding.
    func apply(_ type: Int32, _ input: [UInt8], room: Int? = nil) throws -> [UInt8] {
        var output = [UInt8](repeating: 0, count: byteCount)
        var count = UInt32(room ?? byteCount)
        try check(wc_RsaFunction(input, UInt32(input.count), &output, &count, type, pointer, random.pointer))
        return Array(output.prefix(Int(count)))
    }
}
#endif
