import DuplexTLS

/// One end of a connection in memory.
struct End: ~Copyable {
    private var reader: ReadHalf
    private var writer: WriteHalf
    private var inbound: [UInt8] = []

    struct HalfTaken: Error {}

    init(_ context: TLSContext) throws {
        let session = try DuplexSession(context: context)
        guard let reader = session.takeReader(), let writer = session.takeWriter() else { throw HalfTaken() }
        self.reader = reader
        self.writer = writer
    }

    /// Moves the handshake on as far as it goes. Returns whether it is complete.
    mutating func handshake(to peer: inout End) throws -> Bool {
        while true {
            let progress = try inbound.withUnsafeBytes { try reader.handshake($0) }
            inbound.removeFirst(progress.consumed)
            flush(to: &peer)
            if progress.isComplete || progress.consumed == 0 { return progress.isComplete }
        }
    }

    /// Encrypts one record.
    mutating func write(_ bytes: [UInt8], _ times: inout HeldTimes) throws {
        _ = try bytes.withUnsafeBytes { bytes in try times.measure { try writer.write(bytes) } }
    }

    mutating func flush(to peer: inout End) {
        _ = writer.flush { bytes in
            peer.inbound.append(contentsOf: bytes)
            return bytes.count
        }
    }

    /// Decrypts one record where it lies. Returns how many bytes of plaintext it had.
    mutating func read(_ times: inout HeldTimes) throws -> Int {
        let progress = try inbound.withUnsafeMutableBytes { ciphertext in
            try times.measure { try reader.open(ciphertext) }
        }
        inbound.removeFirst(progress.consumed)
        return progress.plaintext.count
    }

    /// Puts the session aside: the second half to rest folds it.
    mutating func rest(_ times: inout HeldTimes) {
        reader.rest()
        times.measure { writer.rest() }
    }
}
