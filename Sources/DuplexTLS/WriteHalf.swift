/// The half of a session that turns plaintext into ciphertext. One thread at a time; safe beside the ``ReadHalf``.
public struct WriteHalf: ~Copyable, Sendable {
    private let core: SessionCore

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
    public mutating func rest() { core.rest(.writer) }
}
