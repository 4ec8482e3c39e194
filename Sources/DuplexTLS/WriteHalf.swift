internal import CWolfSSLShims

/// The half of a session that turns plaintext into ciphertext. One thread at a time; safe beside the ``ReadHalf``.
public struct WriteHalf: ~Copyable, Sendable {
    private let core: SessionCore
    private var buffer = OutboundBuffer()
    /// Known once the handshake is complete.
    private var frame: duplex_record_frame?

    init(core: SessionCore) { self.core = core }

    /// Moves the handshake on as far as it goes without input: a client's ClientHello, for one.
    ///
    /// - Throws: ``TLSError``; the session is unusable afterwards.
    public mutating func handshake() throws(TLSError) -> HandshakeProgress {
        try core.handshake(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// Encrypts the start of `plaintext` into the outbound queue, at most one record.
    ///
    /// - Returns: how many bytes were taken, 1...``RecordLayer/plaintextLimit``; 0 only for no bytes.
    /// - Throws: ``TLSError``: `misuse` after ``close()`` or before the handshake is complete, or the failure that
    ///   ended the session.
    /// - Thread: one writer at a time; safe beside one reader.
    public mutating func write(_ plaintext: UnsafeRawBufferPointer) throws(TLSError) -> Int {
        try core.write(plaintext)
    }

    /// Room to receive plaintext into, for ``write(received:)``, which encrypts it where it lies. Called again without that,
    /// it gives the same room.
    ///
    /// - Parameter size: bytes, 1 or more.
    /// - Returns: nil when the system has no memory, and before the handshake is complete.
    public mutating func room(for size: Int) -> PlaintextRoom? {
        guard let frame = frame ?? core.recordFrame else { return nil }
        self.frame = frame
        let span = duplex_transport_span(frame, size) + SessionCore.recordOverhead
        if buffer.capacity < span { core.reclaim(&buffer) }
        guard buffer.reserve(span), let base = buffer.base else { return nil }
        return PlaintextRoom(base, frame: frame, size: size)
    }

    /// Encrypts the first `count` bytes of the ``room(for:)`` into the outbound queue, one record after the other.
    ///
    /// - Throws: ``TLSError``, as ``write(_:)``. What was not encrypted by then is lost.
    /// - Thread: one writer at a time; safe beside one reader.
    public mutating func write(received count: Int) throws(TLSError) {
        guard let frame, let base = buffer.base, count > 0 else { return }
        // Small records, and the first large one of the process, are copied.
        if min(count, frame.plaintext) >= duplex_memory_least_lent, duplex_memory_can_lend() != 0 {
            try core.stage(&buffer, frame: frame, count: count)
            while try core.writeStaged() {}
            return
        }
        for piece in PlaintextRoom(base, frame: frame, size: count) {
            var rest = UnsafeRawBufferPointer(piece)
            while !rest.isEmpty { rest = UnsafeRawBufferPointer(rebasing: rest[try core.write(rest)...]) }
        }
    }

    /// Queues close_notify: nothing is written after it, and reading goes on (RFC 8446 §6.1). Once; later calls, and
    /// calls on a failed session, do nothing.
    public mutating func close() { core.close() }

    /// Queues a KeyUpdate (RFC 8446 §4.6.3). It asks the peer for one too, unless the peer still owes the answer to the
    /// last that did.
    ///
    /// - Throws: ``TLSError`` of category `misuse` under TLS 1.2.
    public mutating func updateKeys() throws(TLSError) { try core.updateKeys() }

    /// Sends everything that the core has produced; waits while the reader is sending, which never blocks.
    ///
    /// - Parameter send: hands bytes to the transport, blocking if it must, and returns how many it took: fewer than
    ///   given only when the transport has failed or is to stop. Called with no lock held.
    /// - Returns: `flushed`, or `pending` when `send` took fewer bytes than it was given.
    public mutating func flush(_ send: (UnsafeRawBufferPointer) -> Int) -> FlushOutcome {
        core.flush(waiting: true, send)
    }

    /// Tells that this half is not used for a while, as ``DuplexSession/releaseMemory()`` does for both: worth calling
    /// before a wait without end.
    public mutating func rest() {
        buffer.free()
        core.rest(.writer)
    }
}
