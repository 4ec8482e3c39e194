import DuplexTLS

/// A writing side.
final class Writing: ThreadTask {
    static let recordSize = 4_096
    /// Records between two KeyUpdates.
    static let recordsBetween = 4
    private var half: WriteHalf
    private let wire: Wire
    var records = 0
    /// Bytes of plaintext that were written.
    private(set) var count = 0

    init(_ half: consuming WriteHalf, _ wire: Wire) {
        self.half = half
        self.wire = wire
    }

    /// Writes its records with KeyUpdates between them.
    override func run() {
        let plaintext = [UInt8](repeating: 2, count: Self.recordSize)
        for number in 1...records {
            guard let taken = try? plaintext.withUnsafeBytes({ try half.write($0) }) else { return }
            count += taken
            if number % Self.recordsBetween == 0 { try? half.updateKeys() }
            _ = half.flush { wire.take($0) }
        }
    }
}
