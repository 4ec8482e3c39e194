#if HardwareCrypto
import CLibCrypto

/// Builds an `EVP_PKEY` from its parts, all read where they are: they must outlive `makeKey`.
///
/// Source: EVP_PKEY_fromdata(3); the names are those of EVP_PKEY-EC(7), EVP_PKEY-RSA(7) and EVP_PKEY-X25519(7).
struct KeyParameters {
    /// `EVP_PKEY_PUBLIC_KEY` and `EVP_PKEY_KEYPAIR`, which Swift cannot import.
    enum Selection {
        case publicKey
        case keyPair

        fileprivate var rawValue: Int32 {
            let parameters = OSSL_KEYMGMT_SELECT_DOMAIN_PARAMETERS | OSSL_KEYMGMT_SELECT_OTHER_PARAMETERS
            let publicKey = parameters | OSSL_KEYMGMT_SELECT_PUBLIC_KEY
            return switch self {
            case .publicKey: publicKey
            case .keyPair: publicKey | OSSL_KEYMGMT_SELECT_PRIVATE_KEY
            }
        }
    }

    private var parameters: [OSSL_PARAM] = []

    init(capacity: Int) {
        parameters.reserveCapacity(capacity + 1)
    }

    /// Whether libcrypto's providers have keys of this type.
    static func offers(_ type: StaticString) -> Bool {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, type.characters, nil) else {
            ERR_clear_error()
            return false
        }
        EVP_PKEY_CTX_free(context)
        return true
    }

    mutating func append(_ name: StaticString, text: StaticString) {
        parameters.append(
            OSSL_PARAM_construct_utf8_string(name.characters, .init(mutating: text.characters), text.utf8CodeUnitCount)
        )
    }

    mutating func append(_ name: StaticString, octets: UnsafeRawBufferPointer) {
        parameters.append(
            OSSL_PARAM_construct_octet_string(name.characters, .init(mutating: octets.baseAddress), octets.count)
        )
    }

    /// - Parameter number: bytes, least significant first, which is the machine's order wherever the device reads numbers.
    mutating func append(_ name: StaticString, number: UnsafeRawBufferPointer) {
        let bytes = number.baseAddress?.assumingMemoryBound(to: UInt8.self)
        parameters.append(OSSL_PARAM_construct_BN(name.characters, .init(mutating: bytes), number.count))
    }

    /// - Returns: a key that the caller owns; `nil` if libcrypto refuses the parts.
    mutating func makeKey(_ type: StaticString, _ selection: Selection) -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_from_name(nil, type.characters, nil) else { return nil }
        defer { EVP_PKEY_CTX_free(context) }
        var key: OpaquePointer?
        parameters.append(OSSL_PARAM_construct_end())
        guard EVP_PKEY_fromdata_init(context) == 1,
            EVP_PKEY_fromdata(context, &key, selection.rawValue, &parameters) == 1
        else {
            EVP_PKEY_free(key)
            return nil
        }
        return key
    }
}

extension StaticString {
    /// The literal as C takes it: it ends in a zero and lives as long as the process.
    fileprivate var characters: UnsafePointer<CChar> {
        UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self)
    }
}
#endif
