import Glibc

/// A stream of bytes that can be made and checked from any offset. Its period is a prime, so a record that is lost,
/// doubled or out of place never looks right.
struct BytePattern: Sendable {
    private static let period = 65_521
    /// The longest piece, bytes.
    static let pieceLimit = 65_536
    private let table: [UInt8]

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let once = random.bytes(Self.period)
        table = once + once + once.prefix(Self.pieceLimit - Self.period)
    }

    /// Lends the piece at `offset` of the stream.
    func withPiece<Result>(at offset: Int, count: Int, _ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
        -> Result
    {
        precondition(count <= Self.pieceLimit)
        let start = offset % Self.period
        return try table.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[start..<start + count])) }
    }

    func matches(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        withPiece(at: offset, count: bytes.count) { piece in
            guard let right = piece.baseAddress, let found = bytes.baseAddress else { return bytes.isEmpty }
            return memcmp(right, found, bytes.count) == 0
        }
    }
}
