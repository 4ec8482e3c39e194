#if HardwareCrypto
import CHardwareCrypto
import CWolfSSLShims

extension SHA2 {
    /// Whether the library goes on rightly with an object that the device worked on, and the device with one of the
    /// library's: that the objects are laid out as their header says.
    static func agreesWithLibrary() -> Bool {
        agree(
            digestByteCount: 32,
            initialise: { wc_InitSha256_ex($0, nil, INVALID_DEVID) },
            libraryUpdate: { wc_Sha256Update($0, $1, $2) },
            libraryFinal: { wc_Sha256Final($0, $1) },
            update: { hardware_crypto_sha256_update($0, $1, Int($2)) },
            final: { hardware_crypto_sha256_final($0, $1) }
        )
            && agree(
                digestByteCount: 48,
                initialise: { wc_InitSha384_ex($0, nil, INVALID_DEVID) },
                libraryUpdate: { wc_Sha384Update($0, $1, $2) },
                libraryFinal: { wc_Sha384Final($0, $1) },
                update: { hardware_crypto_sha512_update($0, $1, Int($2)) },
                final: { hardware_crypto_sha384_final($0, $1) }
            )
    }

    /// Less than a block, a block, more than one, and the edges of both families' blocks. The first message's length
    /// fits into its last block, the second's takes one more.
    private static let messages = [
        [3, 61, 64, 65, 1, 127, 128, 129, 700, 5],
        [1, 128, 64, 57, 130, 700, 10, 60],
    ]

    /// Two objects take the same bytes: one by the library alone, one by turns. The second message starts with what the
    /// device's end of the first has left.
    private static func agree<Hash>(
        digestByteCount: Int,
        initialise: (UnsafeMutablePointer<Hash>) -> Int32,
        libraryUpdate: (UnsafeMutablePointer<Hash>, [UInt8], UInt32) -> Int32,
        libraryFinal: (UnsafeMutablePointer<Hash>, UnsafeMutablePointer<UInt8>) -> Int32,
        update: (UnsafeMutablePointer<Hash>, [UInt8], UInt32) -> Void,
        final: (UnsafeMutablePointer<Hash>, UnsafeMutablePointer<UInt8>) -> Void
    ) -> Bool {
        let hashes = UnsafeMutablePointer<Hash>.allocate(capacity: 2)
        defer { hashes.deallocate() }
        let (alone, byTurns) = (hashes, hashes + 1)
        guard initialise(alone) == 0, initialise(byTurns) == 0 else { return false }
        for (round, pieces) in messages.enumerated() {
            for (index, count) in pieces.enumerated() {
                let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ index) }
                guard libraryUpdate(alone, bytes, UInt32(count)) == 0 else { return false }
                if (index + round) % 2 == 0 {
                    update(byTurns, bytes, UInt32(count))
                } else if libraryUpdate(byTurns, bytes, UInt32(count)) != 0 {
                    return false
                }
            }
            var expected = [UInt8](repeating: 0, count: digestByteCount)
            var digest = expected
            guard libraryFinal(alone, &expected) == 0 else { return false }
            final(byTurns, &digest)
            guard digest == expected else { return false }
        }
        return true
    }
}
#endif
