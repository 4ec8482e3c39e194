#if HardwareCrypto
import CLibCrypto
import CWolfSSLShims

/// A number inside one of the library's key objects, read and written in place.
///
/// The object must outlive the value, and nobody else may change it meanwhile: a callback has both for its duration.
///
/// Two things are asked of the library and not of its header. Debian's header says that a word of a number has 32
/// bits, as `HAVE___UINT128_T` is missing from its options.h; the library was built with it and has words of 64 bits.
/// So the size of a word is measured, functions that take a word are not called, and `areReadable` makes sure before
/// the device reads any key.
/// Source: wolfssl/wolfcrypt/sp_int.h (`sp_int`: words in use, least significant first).
struct LibraryNumber {
    private let number: UnsafeMutablePointer<mp_int>

    /// The number that lies `offset` bytes behind the beginning of `key`.
    init<Key>(_ key: UnsafeMutablePointer<Key>, at offset: Int) {
        number = UnsafeMutableRawPointer(key).advanced(by: offset).assumingMemoryBound(to: mp_int.self)
    }

    /// `nil` if `member` is computed, which none of the library's is.
    init?<Key>(_ key: UnsafeMutablePointer<Key>, _ member: WritableKeyPath<Key, mp_int>) {
        guard let number = key.pointer(to: member) else { return nil }
        self.number = number
    }

    /// The number's bytes in use, least significant first, in whole words. Empty for 0.
    ///
    /// Words are the machine's own: read as bytes they are right on little-endian machines only.
    var bytes: UnsafeRawBufferPointer {
        let wordByteCount = Self.wordByteCount
        let limit = MemoryLayout.size(ofValue: number.pointee.dp) / wordByteCount
        let wordCount = max(0, min(Int(number.pointee.used), limit))
        guard wordCount > 0, let offset = Self.wordsOffset else { return .init(start: nil, count: 0) }
        return UnsafeRawBufferPointer(
            start: UnsafeRawPointer(number).advanced(by: offset),
            count: wordCount * wordByteCount
        )
    }

    /// Looked up once: the run-time makes a path anew each time.
    private static let wordsOffset = MemoryLayout<mp_int>.offset(of: \.dp)

    /// Of the library that is loaded: 2³² takes one word of 64 bits, or two of 32.
    private static let wordByteCount: Int = {
        // With room to spare, should the library's numbers be larger than its header says.
        let number = UnsafeMutablePointer<mp_int>.allocate(capacity: 2)
        defer { number.deallocate() }
        sp_init(number)
        let power: [UInt8] = [1, 0, 0, 0, 0]
        return sp_read_unsigned_bin(number, power, UInt32(power.count)) == 0 && number.pointee.used == 2 ? 4 : 8
    }()

    var isZero: Bool { number.pointee.used == 0 }
    var isOne: Bool { number.pointee.used == 1 && bytes.first == 1 && bytes.dropFirst().allSatisfy { $0 == 0 } }

    /// The number as one of libcrypto's, put into `target`. False without memory.
    func copy(to target: OpaquePointer) -> Bool {
        let bytes = bytes
        return BN_lebin2bn(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(bytes.count), target) != nil
    }

    /// Takes libcrypto's `source`, which must not be longer than `byteCount` bytes. False if it does not fit.
    func take(_ source: OpaquePointer, byteCount: Int) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: byteCount) { bytes in
            // The source may be a secret.
            defer { OPENSSL_cleanse(bytes.baseAddress, byteCount) }
            return BN_bn2binpad(source, bytes.baseAddress, Int32(byteCount)) == byteCount
                && sp_read_unsigned_bin(number, bytes.baseAddress, UInt32(byteCount)) == 0
        }
    }

    /// False if the library refuses, which it does not.
    func takeOne() -> Bool {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { one in
            one.initialize(repeating: 1)
            return sp_read_unsigned_bin(number, one.baseAddress, 1) == 0
        }
    }
}

extension LibraryNumber {
    /// Whether numbers that the library was given through its own functions are found in its keys, byte by byte.
    static func areReadable() -> Bool {
        holdsInECKey() && holdsInRSAKey()
    }

    private static let pattern: [UInt8] = (0..<32).map { 0xf1 - 7 * $0 }

    private static func holdsInECKey() -> Bool {
        let key = UnsafeMutablePointer<ecc_key>.allocate(capacity: 1)
        defer { key.deallocate() }
        guard wc_ecc_init_ex(key, nil, INVALID_DEVID) == 0 else { return false }
        defer { wc_ecc_free(key) }
        // x, y and the secret, each 32 bytes, most significant first.
        let (x, y) = ([0x11] + pattern.dropFirst(), [0x22] + pattern.dropFirst())
        let secret = [0x33] + pattern.dropFirst()
        guard wc_ecc_import_unsigned(key, x, y, secret, Int32(ECC_SECP256R1.rawValue)) == 0 else { return false }
        return holds(key, \.pubkey.x, x) && holds(key, \.pubkey.y, y) && holds(key, \.k, secret)
            && LibraryNumber(key, \.pubkey.z)?.isOne == true
    }

    private static func holdsInRSAKey() -> Bool {
        let key = UnsafeMutablePointer<RsaKey>.allocate(capacity: 1)
        defer { key.deallocate() }
        guard wc_InitRsaKey_ex(key, nil, INVALID_DEVID) == 0 else { return false }
        defer { wc_FreeRsaKey(key) }
        let modulus = Array(repeatElement(pattern, count: 8).joined())
        let exponent: [UInt8] = [1, 0, 1]
        guard
            wc_RsaPublicKeyDecodeRaw(modulus, UInt32(modulus.count), exponent, UInt32(exponent.count), key) == 0
        else { return false }
        return holds(key, \.n, modulus) && holds(key, \.e, exponent)
    }

    private static func holds<Key>(
        _ key: UnsafeMutablePointer<Key>,
        _ member: WritableKeyPath<Key, mp_int>,
        _ expected: [UInt8]
    ) -> Bool {
        guard let bytes = LibraryNumber(key, member)?.bytes, bytes.count >= expected.count else { return false }
        return bytes.prefix(expected.count).elementsEqual(expected.reversed())
            && bytes.dropFirst(expected.count).allSatisfy { $0 == 0 }
    }
}
#endif
