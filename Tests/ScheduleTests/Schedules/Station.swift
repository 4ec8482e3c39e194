internal import DuplexTLS

/// One session, its two halves, and what each of their threads knows and owes.
final class Station: @unchecked Sendable {
    // Invariant for @unchecked Sendable: the reader's and the writer's members are each used by one thread at a time.
    enum StreamState { case open, closed, truncated, reset }

    let role: TLSRole
    let session: DuplexSession
    let outbound: Link
    let inbound: Link

    // The reader's.
    private var reader: ReadHalf
    private var buffer: [UInt8] = []
    private var plaintext = [UInt8](repeating: 0, count: RecordLayer.plaintextLimit)
    private(set) var readerOwes = false
    private var isReaderBusy = false
    /// Whether the last read may have left a part of a record.
    private var isPartlyRead = false
    private(set) var received = 0
    private(set) var streamState = StreamState.open
    private(set) var readerFlaw: String?

    // The writer's.
    private var writer: WriteHalf
    private(set) var writerOwes = false
    private var isWriterBusy = false
    private(set) var isClosed = false
    /// The sizes of the records written.
    private(set) var sizes: [Int] = []
    private(set) var written = 0
    private(set) var keyUpdates = 0
    private(set) var writerFlaw: String?

    init(_ context: TLSContext, outbound: Link, inbound: Link) throws {
        role = context.role
        session = try DuplexSession(
            context: context,
            serverName: context.role == .client ? "localhost" : nil
        )
        // The first to ask gets each half, and nobody has asked before.
        reader = session.takeReader()!
        writer = session.takeWriter()!
        self.outbound = outbound
        self.inbound = inbound
    }

    var isConnected: Bool { session.info != nil }
    var flaw: String? { readerFlaw ?? writerFlaw }

    /// Whether neither half has anything left to do.
    var isDone: Bool {
        guard streamState != .open else { return false }
        return outbound.isReset || (!isConnected && !writerOwes)
            || (isClosed && !writerOwes && !readerOwes)
    }

    var owes: Bool { readerOwes || writerOwes }
    /// Whether the session holds ciphertext that neither half knows it has to send.
    var hasForgottenOutput: Bool {
        guard isConnected, !owes, !outbound.isReset else { return false }
        let progress = try? reader.handshake(UnsafeRawBufferPointer(start: nil, count: 0))
        return progress?.hasOutput ?? false
    }

    /// Whether the reader takes input at the moment.
    var canRead: Bool { !isReaderBusy && streamState == .open && readerFlaw == nil }

    /// Where both halves stand, for a report.
    var situation: String {
        "\(role): \(isConnected ? "connected" : "handshake"), inbound \(streamState), \(received) bytes received, "
            + "\(written) written, \(isClosed ? "closed" : "not closed"), \(outbound.count) bytes sent, "
            + "reader owes \(readerOwes), writer owes \(writerOwes)"
    }

    func log(_ version: TLSVersion, handshakeRecords: Int) -> WireLog {
        WireLog(outbound.wire, version: version, handshakeRecords: handshakeRecords)
    }

    // MARK: The thread of the reader

    /// Takes in what arrives and calls the session once. Returns whether anything moved.
    ///
    /// - Parameter room: bytes for plaintext; nil opens the record where it lies, unless a part of one was read before.
    @discardableResult
    func read(_ arrival: Link.Arrival, room: Int?) -> Bool {
        guard canRead else { return false }
        var hasArrived = false
        if case .bytes(let bytes) = arrival {
            buffer += bytes
            hasArrived = true
        }
        do {
            let hasMoved = try isConnected ? readRecord(room: room) : handshakeByReader()
            if !hasMoved, !hasArrived { endStream(arrival) }
            return hasMoved || hasArrived || streamState != .open
        } catch {
            readerFlaw = "\(role) reader: \(error)"
            return true
        }
    }

    private func handshakeByReader() throws -> Bool {
        let progress = try buffer.withUnsafeBytes { try reader.handshake($0) }
        buffer.removeFirst(progress.consumed)
        if progress.hasOutput { readerOwes = true }
        return progress.consumed > 0 || progress.isComplete
    }

    private func readRecord(room: Int?) throws -> Bool {
        if room == nil, !isPartlyRead { return try openRecord() }
        let room = room ?? plaintext.count
        let progress = try buffer.withUnsafeBytes { input in
            try plaintext.withUnsafeMutableBytes { output in
                try reader.read(input, into: UnsafeMutableRawBufferPointer(rebasing: output.prefix(room)))
            }
        }
        isPartlyRead = progress.produced == min(room, plaintext.count)
        plaintext.withUnsafeBytes { judge(UnsafeRawBufferPointer(rebasing: $0[..<progress.produced])) }
        return advance(progress.consumed, progress.produced, progress.hasOutput, progress.state)
    }

    private func openRecord() throws -> Bool {
        let progress = try buffer.withUnsafeMutableBytes { input in
            let progress = try reader.open(input)
            judge(UnsafeRawBufferPointer(rebasing: input[progress.plaintext]))
            return progress
        }
        return advance(progress.consumed, progress.plaintext.count, progress.hasOutput, progress.state)
    }

    private func judge(_ bytes: UnsafeRawBufferPointer) {
        if !PlaintextStream.matches(bytes, at: received) {
            readerFlaw = "\(role) reader: wrong bytes from offset \(received), \(bytes.count) of them"
        }
        received += bytes.count
    }

    private func advance(_ consumed: Int, _ produced: Int, _ hasOutput: Bool, _ state: ReadProgress.State) -> Bool {
        buffer.removeFirst(consumed)
        if hasOutput { readerOwes = true }
        if state == .closed { streamState = .closed }
        return consumed > 0 || produced > 0 || state == .closed
    }

    private func endStream(_ arrival: Link.Arrival) {
        switch arrival {
        case .ended: streamState = .truncated
        case .reset: streamState = .reset
        case .bytes, .nothing: return
        }
        // Whoever loses the peer during the handshake closes the transport.
        if !isConnected { outbound.finish() }
    }

    /// Sends what the reader owes. Returns whether it owed anything.
    @discardableResult
    func flushByReader(_ send: (UnsafeRawBufferPointer) -> Int) -> Bool {
        guard !isReaderBusy, readerOwes, !outbound.isReset else { return false }
        isReaderBusy = true
        readerOwes = reader.flush(send) == .pending
        isReaderBusy = false
        return true
    }

    // MARK: The thread of the writer

    /// Moves the handshake on. Returns whether that completed it.
    @discardableResult
    func handshakeByWriter() -> Bool {
        guard !isWriterBusy, !isConnected, writerFlaw == nil else { return false }
        return guarded {
            let progress = try writer.handshake()
            if progress.hasOutput { writerOwes = true }
            return progress.isComplete
        }
    }

    /// Writes about `count` bytes, at most one record.
    func write(_ count: Int) {
        guard !isWriterBusy, isConnected, !isClosed, !outbound.isReset, writerFlaw == nil else {
            return
        }
        let count = WireLog.ambiguousSizes.contains(count) ? count + 1 : count
        guarded {
            let taken = try PlaintextStream.withPiece(at: written, count: count) { try writer.write($0) }
            written += taken
            sizes.append(taken)
            writerOwes = true
            return true
        }
    }

    /// Writes about `count` bytes as what a transport received into the writer's room: one record or more.
    func write(received count: Int) {
        guard !isWriterBusy, isConnected, !isClosed, !outbound.isReset, writerFlaw == nil else {
            return
        }
        var count = count
        while WireLog.ambiguousSizes.contains(count % RecordLayer.plaintextLimit) { count += 1 }
        guarded {
            guard let room = writer.room(for: count) else { return false }
            var place = written
            for piece in room {
                PlaintextStream.withPiece(at: place, count: piece.count) { piece.copyMemory(from: $0) }
                place += piece.count
                sizes.append(piece.count)
            }
            try writer.write(received: count)
            written += count
            writerOwes = true
            return true
        }
    }

    func updateKeys() {
        guard !isWriterBusy, session.info?.version == .tls13, !isClosed, !outbound.isReset else {
            return
        }
        guarded {
            try writer.updateKeys()
            keyUpdates += 1
            writerOwes = true
            return true
        }
    }

    /// Closes the direction. Returns whether that was still to be done.
    @discardableResult
    func close() -> Bool {
        guard !isWriterBusy, isConnected, !isClosed, !outbound.isReset else { return false }
        writer.close()
        isClosed = true
        writerOwes = true
        return true
    }

    /// Sends what the writer owes; not while the reader of this session sends on the same thread, for it would wait for
    /// itself. Returns whether it owed anything.
    @discardableResult
    func flushByWriter(whileReaderSends: Bool = false, _ send: (UnsafeRawBufferPointer) -> Int)
        -> Bool
    {
        guard !isWriterBusy, whileReaderSends || !isReaderBusy, writerOwes, !outbound.isReset else {
            return false
        }
        isWriterBusy = true
        writerOwes = writer.flush(send) == .pending
        isWriterBusy = false
        return true
    }

    @discardableResult
    private func guarded(_ call: () throws -> Bool) -> Bool {
        do {
            return try call()
        } catch {
            writerFlaw = "\(role) writer: \(error)"
            return true
        }
    }
}
