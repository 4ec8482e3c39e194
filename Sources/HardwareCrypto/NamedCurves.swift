#if HardwareCrypto
import CLibCrypto
import CWolfSSLShims

/// The curves that the device computes on: P-256 and P-384. Others are left to the library.
struct NamedCurves: Sendable {
    private let p256: NamedCurve
    private let p384: NamedCurve

    /// `nil` if libcrypto has not both.
    init?() {
        guard KeyParameters.offers("EC"),
            let p256 = NamedCurve(identifier: NID_X9_62_prime256v1, name: "P-256", byteCount: 32, keyKind: .p256),
            let p384 = NamedCurve(identifier: NID_secp384r1, name: "P-384", byteCount: 48, keyKind: .p384)
        else { return nil }
        self.p256 = p256
        self.p384 = p384
    }

    /// The curve of a key of the library; `nil` for one that the device leaves to the library.
    func curve(of key: UnsafeMutablePointer<ecc_key>) -> NamedCurve? {
        // An index below 0 marks parameters that came with the key, whatever they say they are.
        guard key.pointee.idx >= 0, let parameters = key.pointee.dp else { return nil }
        switch parameters.pointee.id {
        case Int32(ECC_SECP256R1.rawValue): return p256
        case Int32(ECC_SECP384R1.rawValue): return p384
        default: return nil
        }
    }
}

/// One of libcrypto's curves. The group is made once and never freed.
///
/// `@unchecked Sendable`: the group is only read by libcrypto after it is made.
struct NamedCurve: @unchecked Sendable {
    let group: OpaquePointer
    let name: StaticString
    /// Of a coordinate, and of a private key.
    let byteCount: Int
    let keyKind: KeyMaterial.Kind

    init?(identifier: Int32, name: StaticString, byteCount: Int, keyKind: KeyMaterial.Kind) {
        guard let group = EC_GROUP_new_by_curve_name(identifier) else {
            ERR_clear_error()
            return nil
        }
        self.group = group
        self.name = name
        self.byteCount = byteCount
        self.keyKind = keyKind
    }
}

extension UnsafeMutablePointer<ecc_key> {
    var holdsPrivateKey: Bool {
        pointee.type == Int32(ECC_PRIVATEKEY) || pointee.type == Int32(ECC_PRIVATEKEY_ONLY)
    }

    /// The coordinates of the public key; `nil` if there is none, or if it is not in affine form.
    var affinePublicKey: (x: LibraryNumber, y: LibraryNumber)? {
        guard pointee.type != Int32(ECC_PRIVATEKEY_ONLY),
            let x = LibraryNumber(self, \.pubkey.x),
            let y = LibraryNumber(self, \.pubkey.y),
            let z = LibraryNumber(self, \.pubkey.z), z.isOne
        else { return nil }
        return (x, y)
    }
}
#endif
