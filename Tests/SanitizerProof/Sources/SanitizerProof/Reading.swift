import DuplexTLS

/// A reading side.
final class Reading: ThreadTask {
    private var half: ReadHalf
    private let wire: Wire
    var ciphertext: [UInt8] = []
    /// Bytes of plaintext that were read, and how many reads made the session emit something.
    private(set) var count = 0
    private(set) var answers = 0

    /// - Parameter wire: where the session's answers go.
    init(_ half: consuming ReadHalf, _ wire: Wire) {
        self.half = half
        self.wire = wire
    }

    /// One step of the handshake. Returns whether it is complete.
    func handshake() throws -> Bool {
        let progress = try ciphertext.withUnsafeBytes { try half.handshake($0) }
        ciphertext.removeFirst(progress.consumed)
        _ = half.flush { wire.take($0) }
        return progress.isComplete
    }

    /// Reads all of the ciphertext.
    override func run() {
        var plaintext = [UInt8](repeating: 0, count: RecordLayer.plaintextLimit)
        var at = 0
        while at < ciphertext.count {
            let progress = try? ciphertext.withUnsafeBytes { input in
                try plaintext.withUnsafeMutableBytes { output in
                    try half.read(UnsafeRawBufferPointer(rebasing: input[at...]), into: output)
                }
            }
            guard let progress, progress.consumed > 0 else { return }
            at += progress.consumed
            count += progress.produced
            guard progress.hasOutput else { continue }
            answers += 1
            _ = half.flush { wire.take($0) }
        }
    }
}
