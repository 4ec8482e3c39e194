#if HardwareCrypto
import CWolfSSLShims

/// One `Aes` object of the library on the heap.
final class WolfAES {
    struct Failure: Error, Equatable { let code: Int32 }

    private let aes: UnsafeMutablePointer<Aes>

    init(_ worker: Worker, key: [UInt8]) throws {
        let deviceID = try worker.deviceID()
        aes = .allocate(capacity: 1)
        UnsafeMutableRawPointer(aes).initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<Aes>.size)
        try Self.check(wc_AesInit(aes, nil, deviceID))
        try Self.check(wc_AesGcmSetKey(aes, key, UInt32(key.count)))
    }

    deinit {
        wc_AesFree(aes)
        aes.deallocate()
    }

    /// Whether the library has expanded the key for itself.
    var hasSchedule: Bool { withUnsafeBytes(of: &aes.pointee.key) { $0.contains { $0 != 0 } } }

    /// Sets another key on the same object, with or without what the library does at a KeyUpdate.
    func rekey(_ key: [UInt8], initialising: Bool, worker: Worker) throws {
        if initialising {
            wc_AesFree(aes)
            UnsafeMutableRawPointer(aes).initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<Aes>.size)
            try Self.check(wc_AesInit(aes, nil, worker.deviceID()))
        }
        try Self.check(wc_AesGcmSetKey(aes, key, UInt32(key.count)))
    }

    /// Encrypts `plaintext` in place or into another buffer.
    func encrypt(
        _ plaintext: [UInt8],
        nonce: [UInt8],
        additionalData: [UInt8],
        tagByteCount: Int = 16,
        inPlace: Bool = false
    ) throws -> (ciphertext: [UInt8], tag: [UInt8]) {
        var output = inPlace ? plaintext : [UInt8](repeating: 0xee, count: plaintext.count)
        var tag = [UInt8](repeating: 0xee, count: tagByteCount)
        let code = output.withUnsafeMutableBufferPointer { output in
            plaintext.withUnsafeBufferPointer { plaintext in
                wc_AesGcmEncrypt(
                    aes,
                    output.baseAddress,
                    inPlace ? UnsafePointer(output.baseAddress) : plaintext.baseAddress,
                    UInt32(plaintext.count),
                    nonce,
                    UInt32(nonce.count),
                    &tag,
                    UInt32(tagByteCount),
                    additionalData,
                    UInt32(additionalData.count)
                )
            }
        }
        try Self.check(code)
        return (output, tag)
    }

    /// Encrypts messages one after the other as TLS does: with a nonce that the object keeps and counts on. It has 8 or 16
    /// bytes, which the device leaves to the library, or 12.
    func encryptCounting(_ plaintexts: [[UInt8]], firstNonce: [UInt8]) throws -> [(nonce: [UInt8], ciphertext: [UInt8])]
    {
        try Self.check(wc_AesGcmSetExtIV(aes, firstNonce, UInt32(firstNonce.count)))
        return try plaintexts.map { plaintext in
            var nonce = [UInt8](repeating: 0xee, count: firstNonce.count)
            var tag = [UInt8](repeating: 0xee, count: 16)
            var output = [UInt8](repeating: 0xee, count: plaintext.count)
            try Self.check(
                wc_AesGcmEncrypt_ex(
                    aes,
                    &output,
                    plaintext,
                    UInt32(plaintext.count),
                    &nonce,
                    UInt32(nonce.count),
                    &tag,
                    UInt32(tag.count),
                    nil,
                    0
                )
            )
            return (nonce, output + tag)
        }
    }

    /// Decrypts; gives the library's code and what is in the output buffer, also after a failure.
    func decrypt(
        _ ciphertext: [UInt8],
        tag: [UInt8],
        nonce: [UInt8],
        additionalData: [UInt8],
        inPlace: Bool = false
    ) -> (code: Int32, output: [UInt8]) {
        var output = inPlace ? ciphertext : [UInt8](repeating: 0xee, count: ciphertext.count)
        let code = output.withUnsafeMutableBufferPointer { output in
            ciphertext.withUnsafeBufferPointer { ciphertext in
                wc_AesGcmDecrypt(
                    aes,
                    output.baseAddress,
                    inPlace ? UnsafePointer(output.baseAddress) : ciphertext.baseAddress,
                    UInt32(ciphertext.count),
                    nonce,
                    UInt32(nonce.count),
                    tag,
                    UInt32(tag.count),
                    additionalData,
                    UInt32(additionalData.count)
                )
            }
        }
        return (code, output)
    }

    private static func check(_ code: Int32) throws {
        if code != 0 { throw Failure(code: code) }
    }
}

/// Bytes that look random and are the same in every run.
func patternBytes(_ count: Int, seed: Int) -> [UInt8] {
    var state = UInt64(truncatingIfNeeded: seed) &* 0x9e37_79b9_7f4a_7c15 &+ 1
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state >> 24)
    }
}

/// Bytes from hexadecimal digits; spaces are skipped.
func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
#endif
