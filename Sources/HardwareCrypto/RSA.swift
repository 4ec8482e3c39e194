#if HardwareCrypto
import CLibCrypto
import CWolfSSLShims

/// The raw RSA operations. The library pads and unpads (PKCS #1 v1.5, PSS, OAEP) and hands over whole numbers.
///
/// The private operation is libcrypto's: by the Chinese remainder theorem, blinded, its result checked with the public
/// exponent so that a fault gives no factor away.
/// Source: RFC 8017 §5.1 and §5.2; EVP_PKEY_decrypt(3) and EVP_PKEY_encrypt(3) with RSA_NO_PADDING.
struct RSA: Sendable {
    let keys: KeyCache

    /// `nil` if a provider has it not.
    init?(keys: KeyCache) {
        guard KeyParameters.offers("RSA") else { return nil }
        self.keys = keys
    }

    /// Answers `WC_PK_TYPE_RSA`. `in` and `out` may be one buffer.
    ///
    /// - Returns: 0; `RSA_BUFFER_E` if there is too little room; `CRYPTOCB_UNAVAILABLE` for what the device does not
    ///   do, and for numbers out of range, which the library then refuses in its own words.
    func answer(_ info: UnsafeMutablePointer<wc_CryptoInfo>, _ threadContexts: ThreadContextsKey) -> Int32 {
        let call = info.pointee.pk.rsa
        guard Self.members.count == Self.memberCount, let key = call.key, let input = call.in, let output = call.out,
            let outputByteCount = call.outLen,
            let modulus = LibraryNumber(key, \.n), !modulus.isZero
        else { return Int32(CRYPTOCB_UNAVAILABLE) }
        // Padded to the size of the modulus by TLS; anything else is none of ours.
        let size = wc_RsaEncryptSize(key)
        guard size > 0, call.inLen == UInt32(size) else { return Int32(CRYPTOCB_UNAVAILABLE) }
        guard outputByteCount.pointee >= UInt32(size) else { return Int32(RSA_BUFFER_E) }

        let isDone: Bool?
        switch call.type {
        case Int32(RSA_PRIVATE_DECRYPT) where !Self.isInside(input, Int(size), modulus):
            return Int32(CRYPTOCB_UNAVAILABLE)
        case Int32(RSA_PRIVATE_ENCRYPT):
            isDone = sign(key, input, output, Int(size), threadContexts)
        case Int32(RSA_PRIVATE_DECRYPT):
            isDone = cachedKey(key).flatMap { Self.privateOperation($0, input, output, Int(size)) }
        case Int32(RSA_PUBLIC_DECRYPT):
            isDone = verify(key, input, output, Int(size), threadContexts)
        case Int32(RSA_PUBLIC_ENCRYPT):
            isDone = publicOperation(key, input, output, Int(size))
        default:
            return Int32(CRYPTOCB_UNAVAILABLE)
        }
        guard isDone == true else { return CryptoDevice.leaveToLibrary() }
        outputByteCount.pointee = UInt32(size)
        return 0
    }

    /// Signs, and remembers what: libcrypto has checked it.
    private func sign(
        _ key: UnsafeMutablePointer<RsaKey>,
        _ input: UnsafePointer<UInt8>,
        _ output: UnsafeMutablePointer<UInt8>,
        _ size: Int,
        _ threadContexts: ThreadContextsKey
    ) -> Bool? {
        guard let cached = cachedKey(key) else { return nil }
        // Copied before the operation, which may write where it reads.
        let message = Array(UnsafeBufferPointer(start: input, count: size))
        let isDone = Self.privateOperation(cached, input, output, size)
        if isDone == true, let contexts = threadContexts.ofThisThread() {
            contexts.pointee.checkedSignature.remember(
                UnsafeRawBufferPointer(start: output, count: size),
                of: message,
                by: Self.publicNumbers(of: key)
            )
        }
        return isDone
    }

    private func verify(
        _ key: UnsafeMutablePointer<RsaKey>,
        _ input: UnsafePointer<UInt8>,
        _ output: UnsafeMutablePointer<UInt8>,
        _ size: Int,
        _ threadContexts: ThreadContextsKey
    ) -> Bool? {
        let signature = UnsafeRawBufferPointer(start: input, count: size)
        guard
            let message = threadContexts.ofThisThread()?.pointee.checkedSignature
                .takeMessage(signedWith: signature, by: Self.publicNumbers(of: key))
        else { return publicOperation(key, input, output, size) }
        output.update(from: message, count: size)
        return true
    }

    private static func privateOperation(
        _ key: CachedKey,
        _ input: UnsafePointer<UInt8>,
        _ output: UnsafeMutablePointer<UInt8>,
        _ size: Int
    ) -> Bool? {
        key.withContext(
            prepare: { EVP_PKEY_decrypt_init($0) == 1 && EVP_PKEY_CTX_set_rsa_padding($0, RSA_NO_PADDING) == 1 },
            {
                var written = size
                return EVP_PKEY_decrypt($0, output, &written, input, size) == 1 && written == size
            }
        )
    }

    /// A private key is its own public key, which the library uses to check what it signed.
    private func publicOperation(
        _ key: UnsafeMutablePointer<RsaKey>,
        _ input: UnsafePointer<UInt8>,
        _ output: UnsafeMutablePointer<UInt8>,
        _ size: Int
    ) -> Bool? {
        if let cached = cachedKey(key) {
            return Self.apply(cached.handle, input, output, size)
        }
        // A peer's key comes from outside: kept, it would push the certificates' keys out of the cache.
        let numbers = Self.members.prefix(2).map { ($0.name, LibraryNumber(key, at: $0.offset)) }
        guard let peer = Self.convert(numbers, selection: .publicKey) else { return nil }
        defer { EVP_PKEY_free(peer) }
        return Self.apply(peer, input, output, size)
    }

    private static func apply(
        _ publicKey: OpaquePointer,
        _ input: UnsafePointer<UInt8>,
        _ output: UnsafeMutablePointer<UInt8>,
        _ size: Int
    ) -> Bool {
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, publicKey, nil) else { return false }
        defer { EVP_PKEY_CTX_free(context) }
        var written = size
        return EVP_PKEY_encrypt_init(context) == 1
            && EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1
            && EVP_PKEY_encrypt(context, output, &written, input, size) == 1
            && written == size
    }

    /// `nil` for a key that is not private or has not all its numbers.
    private func cachedKey(_ key: UnsafeMutablePointer<RsaKey>) -> CachedKey? {
        guard key.pointee.type == Int32(RSA_PRIVATE) else { return nil }
        var material = KeyMaterial(.rsa)
        for member in Self.members {
            let number = LibraryNumber(key, at: member.offset)
            guard !number.isZero else { return nil }
            material.append(number.bytes)
        }
        return keys.key(for: material) {
            Self.convert(Self.members.map { ($0.name, LibraryNumber(key, at: $0.offset)) }, selection: .keyPair)
        }
    }

    private static func convert(
        _ numbers: [(name: StaticString, number: LibraryNumber)],
        selection: KeyParameters.Selection
    ) -> OpaquePointer? {
        var parameters = KeyParameters(capacity: numbers.count)
        for part in numbers { parameters.append(part.name, number: part.number.bytes) }
        return parameters.makeKey("RSA", selection)
    }

    /// n, e, d, p, q, dP, dQ and u.
    private static let memberCount = 8

    /// Where the library's key has its numbers, the public ones first. Its `u` is q⁻¹ mod p, as in RFC 8017 §3.2.
    private static let members: [(name: StaticString, offset: Int)] = {
        let paths: [(StaticString, WritableKeyPath<RsaKey, mp_int>)] = [
            ("n", \.n), ("e", \.e), ("d", \.d), ("rsa-factor1", \.p), ("rsa-factor2", \.q),
            ("rsa-exponent1", \.dP), ("rsa-exponent2", \.dQ), ("rsa-coefficient1", \.u),
        ]
        return paths.compactMap { name, path in MemoryLayout<RsaKey>.offset(of: path).map { (name, $0) } }
    }()

    /// What a signature is checked with.
    private static func publicNumbers(
        of key: UnsafeMutablePointer<RsaKey>
    ) -> (modulus: UnsafeRawBufferPointer, exponent: UnsafeRawBufferPointer) {
        let numbers = (LibraryNumber(key, at: members[0].offset), LibraryNumber(key, at: members[1].offset))
        return (numbers.0.bytes, numbers.1.bytes)
    }

    /// Whether 1 < `input` < n - 1, which the library demands of what it decrypts (NIST SP 800-56B §7.1.2.1). Both are
    /// public, and so are the places where the comparison stops.
    private static func isInside(_ input: UnsafePointer<UInt8>, _ size: Int, _ modulus: LibraryNumber) -> Bool {
        let bytes = UnsafeBufferPointer(start: input, count: size)
        let isAboveOne = bytes.dropLast().contains { $0 != 0 } || bytes[size - 1] > 1
        let n = modulus.bytes
        guard isAboveOne, n.count >= size else { return false }
        // n is odd: n - 1 differs from it in the last bit only.
        for index in 0..<size - 1 where bytes[index] != n[size - 1 - index] {
            return bytes[index] < n[size - 1 - index]
        }
        return bytes[size - 1] < n[0] & ~1
    }
}
#endif
