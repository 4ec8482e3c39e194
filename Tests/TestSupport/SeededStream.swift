internal import Glibc

/// A stream of bytes that both ends of a transfer can make for themselves: the same seed gives the same stream.
///
/// Blocks of 64 KiB, random from the seed; the first 8 bytes of each are its number, so a block that is lost, doubled
/// or moved is found.
public struct SeededStream: Sendable {
    private static let blockSize = 65_536
    private var block: [UInt8]
    /// How many bytes have been made or compared.
    public private(set) var position = 0

    public init(seed: UInt64) {
        block = [UInt8](repeating: 0, count: Self.blockSize)
        // SplitMix64.
        var state = seed
        block.withUnsafeMutableBytes { bytes in
            for word in bytes.bindMemory(to: UInt64.self).indices {
                state &+= 0x9E37_79B9_7F4A_7C15
                var number = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
                number = (number ^ (number >> 27)) &* 0x94D0_49BB_1331_11EB
                bytes.storeBytes(of: number ^ (number >> 31), toByteOffset: word * 8, as: UInt64.self)
            }
        }
    }

    /// The first `count` bytes of the stream of `seed`.
    public static func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var stream = SeededStream(seed: seed)
        return stream.next(count)
    }

    /// The next `count` bytes.
    public mutating func next(_ count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        forEachPiece(of: count) { piece, _ in bytes += piece }
        return bytes
    }

    /// Whether `bytes` are what comes next; goes on behind them.
    public mutating func matches(_ bytes: [UInt8]) -> Bool {
        var isEqual = true
        bytes.withUnsafeBytes { bytes in
            forEachPiece(of: bytes.count) { piece, offset in
                let isSame = piece.withUnsafeBytes { piece in
                    guard let left = piece.baseAddress, let right = bytes.baseAddress else { return false }
                    return memcmp(left, right + offset, piece.count) == 0
                }
                isEqual = isEqual && isSame
            }
        }
        return isEqual
    }

    private mutating func forEachPiece(of count: Int, _ body: (ArraySlice<UInt8>, Int) -> Void) {
        var done = 0
        while done < count {
            let start = position % Self.blockSize
            let number = UInt64(position / Self.blockSize)
            block.withUnsafeMutableBytes { $0.storeBytes(of: number.littleEndian, as: UInt64.self) }
            let size = min(Self.blockSize - start, count - done)
            body(block[start..<start + size], done)
            position += size
            done += size
        }
    }
}
