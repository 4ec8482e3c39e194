#if HardwareCrypto
extension AESGCM {
    /// One block of zeros under a key and a nonce of zeros.
    ///
    /// Source: McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test cases 2, 8 and 14.
    private static let knownAnswers: [(keyByteCount: Int, ciphertext: [UInt8], tag: [UInt8])] = [
        (
            16,
            [0x03, 0x88, 0xda, 0xce, 0x60, 0xb6, 0xa3, 0x92, 0xf3, 0x28, 0xc2, 0xb9, 0x71, 0xb2, 0xfe, 0x78],
            [0xab, 0x6e, 0x47, 0xd4, 0x2c, 0xec, 0x13, 0xbd, 0xf5, 0x3a, 0x67, 0xb2, 0x12, 0x57, 0xbd, 0xdf]
        ),
        (
            24,
            [0x98, 0xe7, 0x24, 0x7c, 0x07, 0xf0, 0xfe, 0x41, 0x1c, 0x26, 0x7e, 0x43, 0x84, 0xb0, 0xf6, 0x00],
            [0x2f, 0xf5, 0x8d, 0x80, 0x03, 0x39, 0x27, 0xab, 0x8e, 0xf4, 0xd4, 0x58, 0x75, 0x14, 0xf0, 0xfb]
        ),
        (
            32,
            [0xce, 0xa7, 0x40, 0x3d, 0x4d, 0x60, 0x6b, 0x6e, 0x07, 0x4e, 0xc5, 0xd3, 0xba, 0xf3, 0x9d, 0x18],
            [0xd0, 0xd1, 0xc8, 0xa7, 0x99, 0x99, 0x6b, 0xf0, 0x26, 0x5b, 0x98, 0xb5, 0xd4, 0x8a, 0xb9, 0x19]
        ),
    ]

    /// Whether libcrypto, called as for a record, encrypts and decrypts rightly with each length of key.
    func passesKnownAnswers() -> Bool {
        Self.knownAnswers.allSatisfy { known in
            guard let cipher = cipher(keyByteCount: known.keyByteCount) else { return false }
            var encrypting = GCMContext(direction: .encrypt)
            var decrypting = GCMContext(direction: .decrypt)
            var block = [UInt8](repeating: 0, count: known.ciphertext.count)
            var tag = [UInt8](repeating: 0, count: known.tag.count)

            let encrypted = Self.run(&encrypting, cipher, known.keyByteCount, &block, &tag, Self.encrypt)
            guard encrypted == 0, block == known.ciphertext, tag == known.tag else { return false }
            let decrypted = Self.run(&decrypting, cipher, known.keyByteCount, &block, &tag, Self.decrypt)
            return decrypted == 0 && block.allSatisfy { $0 == 0 }
        }
    }

    /// Runs `operation` in place on `block`; `nil` if the context could not be keyed.
    private static func run(
        _ context: inout GCMContext,
        _ cipher: OpaquePointer,
        _ keyByteCount: Int,
        _ block: inout [UInt8],
        _ tag: inout [UInt8],
        _ operation: (GCMMessage, OpaquePointer) -> Int32
    ) -> Int32? {
        let zeros = [UInt8](repeating: 0, count: 32)
        return zeros.withUnsafeBufferPointer { zeros in
            block.withUnsafeMutableBufferPointer { block in
                tag.withUnsafeMutableBufferPointer { tag in
                    guard let key = zeros.baseAddress,
                        let message = GCMMessage(
                            input: UnsafePointer(block.baseAddress),
                            output: block.baseAddress,
                            byteCount: UInt32(block.count),
                            nonce: key,
                            nonceByteCount: 12,
                            tag: tag.baseAddress,
                            tagByteCount: UInt32(tag.count),
                            additionalData: nil,
                            additionalDataByteCount: 0
                        ),
                        let evp = context.begin(
                            cipher: cipher,
                            key: key,
                            keyByteCount: keyByteCount,
                            nonce: message.nonce
                        )
                    else { return nil }
                    return operation(message, evp)
                }
            }
        }
    }
}
#endif
