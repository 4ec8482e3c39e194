import DuplexTLS
import Testing

/// One end of a connection in memory: a session, its two halves, and the ciphertext that came for it.
final class TLSEnd: @unchecked Sendable {
    // Invariant for @unchecked Sendable: at any time one thread uses `reader` and `inbound`, and one thread `writer`.
    let session: DuplexSession
    private var reader: ReadHalf
    private var writer: WriteHalf
    /// Ciphertext that the peer sent and nothing has taken yet.
    var inbound: [UInt8] = []

    init(_ context: TLSContext, serverName: String? = nil) throws {
        session = try DuplexSession(context: context, serverName: serverName)
        // The first to ask gets each half, and nobody has asked before.
        reader = session.takeReader()!
        writer = session.takeWriter()!
    }

    // MARK: The thread of the reader

    /// One step of the handshake with what has come. Leaves nothing in the thread's caches: a test's thread may end
    /// before its process, and the leak detector would say so.
    func readerHandshake() throws -> HandshakeProgress {
        defer { TLSLibrary.releaseThreadCaches() }
        let progress = try inbound.withUnsafeBytes { try reader.handshake($0) }
        inbound.removeFirst(progress.consumed)
        return progress
    }

    func readerRests() { reader.rest() }

    /// Reads once.
    func read(limit: Int = RecordLayer.plaintextLimit) throws -> (bytes: [UInt8], progress: ReadProgress) {
        var plaintext = [UInt8](repeating: 0, count: limit)
        let progress = try inbound.withUnsafeBytes { input in
            try plaintext.withUnsafeMutableBytes { try reader.read(input, into: $0) }
        }
        inbound.removeFirst(progress.consumed)
        return (Array(plaintext.prefix(progress.produced)), progress)
    }

    /// Opens one record where it lies.
    func open() throws -> (bytes: [UInt8], progress: OpenProgress) {
        let before = inbound
        let progress = try inbound.withUnsafeMutableBytes { try reader.open($0) }
        let bytes = Array(inbound[progress.plaintext])
        #expect(bytes.isEmpty || progress.plaintext.upperBound <= progress.consumed)
        #expect(inbound[progress.consumed...] == before[progress.consumed...], "what lies behind is left alone")
        inbound.removeFirst(progress.consumed)
        return (bytes, progress)
    }

    /// What reading came to, until more input is needed, the stream ends or the session fails.
    struct Drained {
        var bytes: [UInt8] = []
        var isClosed = false
        var hasOutput = false
        var failure: TLSError?
    }

    func drain(limit: Int = RecordLayer.plaintextLimit) throws -> Drained {
        try drained {
            let (bytes, progress) = try read(limit: limit)
            return (bytes, progress.hasOutput, progress.state)
        }
    }

    /// As ``drain(limit:)``, with the records opened where they lie.
    func drainOpening() throws -> Drained {
        try drained {
            let (bytes, progress) = try open()
            return (bytes, progress.hasOutput, progress.state)
        }
    }

    private func drained(
        _ read: () throws -> (bytes: [UInt8], hasOutput: Bool, state: ReadProgress.State)
    ) throws -> Drained {
        var drained = Drained()
        while true {
            do {
                let (bytes, hasOutput, state) = try read()
                drained.bytes += bytes
                drained.hasOutput = drained.hasOutput || hasOutput
                switch state {
                case .open: continue
                case .needsInput: return drained
                case .closed:
                    drained.isClosed = true
                    return drained
                }
            } catch let error as TLSError {
                drained.failure = error
                return drained
            }
        }
    }

    func readerFlush(_ send: (UnsafeRawBufferPointer) -> Int) -> FlushOutcome { reader.flush(send) }

    // MARK: The thread of the writer

    func writerHandshake() throws -> HandshakeProgress {
        defer { TLSLibrary.releaseThreadCaches() }
        return try writer.handshake()
    }

    /// Encrypts all of `bytes`.
    func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { bytes in
            var taken = 0
            while taken < bytes.count { taken += try writer.write(UnsafeRawBufferPointer(rebasing: bytes[taken...])) }
        }
    }

    /// Encrypts one record at most. Returns how many bytes it took.
    func writeOnce(_ bytes: [UInt8]) throws -> Int { try bytes.withUnsafeBytes { try writer.write($0) } }

    /// Encrypts all of `bytes` as what a transport received into the writer's room.
    func write(received bytes: [UInt8]) throws {
        guard let room = writer.room(for: bytes.count) else {
            Issue.record("no room")
            return
        }
        var rest = bytes[...]
        for piece in room {
            piece.copyBytes(from: rest.prefix(piece.count))
            rest = rest.dropFirst(piece.count)
        }
        #expect(rest.isEmpty, "the room is smaller than what was asked for")
        try writer.write(received: bytes.count)
    }

    /// Where the writer's room for so many bytes begins.
    func roomPlace(for size: Int) -> UnsafeMutableRawPointer? { writer.room(for: size)?[0].baseAddress }

    func close() { writer.close() }

    func writerRests() { writer.rest() }

    func updateKeys() throws { try writer.updateKeys() }

    func writerFlush(_ send: (UnsafeRawBufferPointer) -> Int) -> FlushOutcome { writer.flush(send) }

    /// Takes everything that the session has put out.
    func takeOutput() -> [UInt8] {
        var output: [UInt8] = []
        let outcome = writer.flush { bytes in
            output += bytes
            return bytes.count
        }
        #expect(outcome == .flushed)
        return output
    }
}
