internal import Glibc

/// The bytes that one end writes, by offset. The period is a prime, so a record that is lost, doubled or out of place
/// never looks right.
enum PlaintextStream {
    private static let period = 65_521
    private static let table: [UInt8] = {
        var random = SeededGenerator(seed: 1)
        let once = (0..<period).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        return once + once
    }()

    /// Lends the piece at `offset`, at most a period long.
    static func withPiece<Result>(
        at offset: Int,
        count: Int,
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows
        -> Result
    {
        precondition(count <= period)
        let start = offset % period
        return try table.withUnsafeBytes {
            try body(UnsafeRawBufferPointer(rebasing: $0[start..<start + count]))
        }
    }

    static func matches(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
        withPiece(at: offset, count: bytes.count) { piece in
            guard let right = piece.baseAddress, let found = bytes.baseAddress else {
                return bytes.isEmpty
            }
            return memcmp(right, found, bytes.count) == 0
        }
    }
}
