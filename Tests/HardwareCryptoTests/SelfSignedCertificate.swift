#if HardwareCrypto
import CWolfSSLShims

/// A P-256 key and a certificate that it signs itself, both in DER.
struct SelfSignedCertificate: Sendable {
    struct Failure: Error {
        let call: String
        let code: Int32
    }

    let certificate: [UInt8]
    let privateKey: [UInt8]

    /// Made once; the tests do not look at names or dates.
    static let shared = Result { try SelfSignedCertificate() }

    private init() throws {
        let random = UnsafeMutablePointer<WC_RNG>.allocate(capacity: 1)
        let key = UnsafeMutablePointer<ecc_key>.allocate(capacity: 1)
        let draft = UnsafeMutablePointer<Cert>.allocate(capacity: 1)
        defer {
            random.deallocate()
            key.deallocate()
            draft.deallocate()
        }
        func check(_ call: String, _ code: Int32) throws -> Int {
            guard code >= 0 else { throw Failure(call: call, code: code) }
            return Int(code)
        }

        _ = try check("wc_InitRng", wc_InitRng(random))
        defer { wc_FreeRng(random) }
        _ = try check("wc_ecc_init", wc_ecc_init(key))
        defer { wc_ecc_free(key) }
        _ = try check("wc_ecc_make_key", wc_ecc_make_key(random, 32, key))
        var der = [UInt8](repeating: 0, count: 4_096)
        let keyByteCount = try check("wc_EccKeyToDer", wc_EccKeyToDer(key, &der, UInt32(der.count)))
        privateKey = Array(der.prefix(keyByteCount))

        _ = try check("wc_InitCert", wc_InitCert(draft))
        withUnsafeMutableBytes(of: &draft.pointee.subject.commonName) { $0.copyBytes(from: "duplexd.test\0".utf8) }
        draft.pointee.sigType = Int32(CTC_SHA256wECDSA.rawValue)
        let bodyByteCount = try check(
            "wc_MakeCert_ex",
            wc_MakeCert_ex(draft, &der, UInt32(der.count), Int32(ECC_TYPE.rawValue), key, random)
        )
        let byteCount = try check(
            "wc_SignCert_ex",
            wc_SignCert_ex(
                Int32(bodyByteCount),
                draft.pointee.sigType,
                &der,
                UInt32(der.count),
                Int32(ECC_TYPE.rawValue),
                key,
                random
            )
        )
        certificate = Array(der.prefix(byteCount))
    }
}
#endif
