#if HardwareCrypto
import CWolfSSLShims

/// A key and a certificate that it signs itself, both in DER, made by the library alone.
struct SelfSignedCertificate: Sendable {
    enum Kind: CaseIterable, Sendable {
        case p256, p384, rsa2048, ed25519
    }

    struct Failure: Error {
        let call: String
        let code: Int32
    }

    let certificate: [UInt8]
    let privateKey: [UInt8]

    /// Made once; the tests do not look at names or dates.
    private static let all = Dictionary(
        uniqueKeysWithValues: Kind.allCases.map { kind in (kind, Result { try SelfSignedCertificate(kind) }) }
    )

    static func shared(_ kind: Kind) throws -> SelfSignedCertificate {
        guard let made = all[kind] else { throw Failure(call: "\(kind)", code: 0) }
        return try made.get()
    }

    private init(_ kind: Kind) throws {
        let random = try WolfRandom()
        switch kind {
        case .p256, .p384:
            try self.init(ofECKey: kind == .p256 ? .p256 : .p384, random)
        case .rsa2048:
            try self.init(ofRSAKey: random)
        case .ed25519:
            try self.init(ofEd25519Key: random)
        }
    }

    private init(ofECKey curve: Curve, _ random: WolfRandom) throws {
        let key = UnsafeMutablePointer<ecc_key>.allocate(capacity: 1)
        defer { key.deallocate() }
        _ = try Self.check("wc_ecc_init", wc_ecc_init(key))
        defer {
            wc_ecc_free(key)
            wc_ecc_fp_free()
        }
        _ = try Self.check("wc_ecc_make_key", wc_ecc_make_key(random.pointer, Int32(curve.byteCount), key))
        privateKey = try Self.der("wc_EccKeyToDer") { wc_EccKeyToDer(key, $0, $1) }
        certificate = try Self.sign(key, ECC_TYPE.asInt32, CTC_SHA256wECDSA.asInt32, random)
    }

    private init(ofRSAKey random: WolfRandom) throws {
        let key = UnsafeMutablePointer<RsaKey>.allocate(capacity: 1)
        defer { key.deallocate() }
        _ = try Self.check("wc_InitRsaKey", wc_InitRsaKey(key, nil))
        defer { wc_FreeRsaKey(key) }
        _ = try Self.check("wc_MakeRsaKey", wc_MakeRsaKey(key, 2_048, 65_537, random.pointer))
        privateKey = try Self.der("wc_RsaKeyToDer") { wc_RsaKeyToDer(key, $0, $1) }
        certificate = try Self.sign(key, RSA_TYPE.asInt32, CTC_SHA256wRSA.asInt32, random)
    }

    private init(ofEd25519Key random: WolfRandom) throws {
        let key = UnsafeMutablePointer<ed25519_key>.allocate(capacity: 1)
        defer { key.deallocate() }
        _ = try Self.check("wc_ed25519_init", wc_ed25519_init(key))
        defer { wc_ed25519_free(key) }
        _ = try Self.check("wc_ed25519_make_key", wc_ed25519_make_key(random.pointer, 32, key))
        privateKey = try Self.der("wc_Ed25519KeyToDer") { wc_Ed25519KeyToDer(key, $0, $1) }
        certificate = try Self.sign(key, ED25519_TYPE.asInt32, CTC_ED25519.asInt32, random)
    }

    private static func sign(
        _ key: UnsafeMutableRawPointer,
        _ keyType: Int32,
        _ signatureType: Int32,
        _ random: WolfRandom
    ) throws -> [UInt8] {
        let draft = UnsafeMutablePointer<Cert>.allocate(capacity: 1)
        defer { draft.deallocate() }
        _ = try check("wc_InitCert", wc_InitCert(draft))
        withUnsafeMutableBytes(of: &draft.pointee.subject.commonName) { $0.copyBytes(from: "duplexd.test\0".utf8) }
        draft.pointee.sigType = signatureType
        return try der("wc_SignCert_ex") { bytes, room in
            let bodyByteCount = wc_MakeCert_ex(draft, bytes, room, keyType, key, random.pointer)
            guard bodyByteCount >= 0 else { return bodyByteCount }
            return wc_SignCert_ex(bodyByteCount, signatureType, bytes, room, keyType, key, random.pointer)
        }
    }

    private static func der(_ call: String, _ write: (UnsafeMutablePointer<UInt8>?, UInt32) -> Int32) throws -> [UInt8]
    {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let byteCount = try bytes.withUnsafeMutableBufferPointer {
            try check(call, write($0.baseAddress, UInt32($0.count)))
        }
        return Array(bytes.prefix(byteCount))
    }

    private static func check(_ call: String, _ code: Int32) throws -> Int {
        guard code >= 0 else { throw Failure(call: call, code: code) }
        return Int(code)
    }
}
#endif
