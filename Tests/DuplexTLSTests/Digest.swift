/// What a long stream of bytes comes to. Compared in place of the bytes: a difference between long arrays takes the test
/// library minutes to work out.
struct Digest: Equatable, CustomStringConvertible {
    private let count: Int
    /// FNV-1a, 64 bits.
    private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    init(_ bytes: [UInt8]) {
        count = bytes.count
        var hash = hash
        bytes.withUnsafeBytes { for byte in $0 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 } }
        self.hash = hash
    }

    var description: String { "\(count) bytes, FNV-1a \(String(hash, radix: 16))" }
}
