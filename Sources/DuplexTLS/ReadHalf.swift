/// The half of a session that turns ciphertext into plaintext. One thread at a time; safe beside the ``WriteHalf``.
public struct ReadHalf: ~Copyable, Sendable {
    private let core: SessionCore

    init(core: SessionCore) { self.core = core }

    /// Moves the handshake on by the first record of `ciphertext`; with no whole record, as far as it goes without.
    ///
    /// Flush after each step that has output, and after a failure too: the alert is in the queue.
    ///
    /// - Parameter ciphertext: what the peer sent and nothing has taken yet.
    /// - Throws: ``TLSError`` of category `handshake` or `alertReceived`; the session is unusable afterwards.
    /// - Thread: one reader at a time; safe beside the writer, which may drive the handshake too.
    public mutating func handshake(_ ciphertext: UnsafeRawBufferPointer) throws(TLSError) -> HandshakeProgress {
        try core.handshake(ciphertext)
    }

    /// Decrypts the first record of `ciphertext` into `plaintext`.
    ///
    /// - Parameters:
    ///   - ciphertext: what the peer sent and nothing has taken yet.
    ///   - plaintext: at least 1 byte; ``RecordLayer/plaintextLimit`` avoids a second pass over a record.
    /// - Returns: what was taken and written; `closed` after the peer's close_notify.
    /// - Throws: ``TLSError``; the session is unusable afterwards, and everything that was authenticated before has
    ///   been returned by earlier calls.
    /// - Thread: one reader at a time; safe beside one writer.
    /// Source: RFC 8446 §6.1; wolfSSL manual ch. 9, "Thread Safety".
    public mutating func read(
        _ ciphertext: UnsafeRawBufferPointer,
        into plaintext: UnsafeMutableRawBufferPointer
    ) throws(TLSError) -> ReadProgress {
        try core.read(ciphertext, into: plaintext)
    }

    /// Decrypts the first record of `ciphertext` where it lies: the plaintext comes to lie in the record's place. In the
    /// server's role, and where a crypto device decrypts the session's records, no byte of one that is not small is
    /// copied, from the second on.
    ///
    /// Not while a ``read(_:into:)`` has left a part of a record for the next.
    ///
    /// - Parameter ciphertext: what the peer sent and nothing has taken yet. The record's bytes are overwritten, those
    ///   behind it are left alone.
    /// - Returns: what was taken, and where the plaintext lies; `closed` after the peer's close_notify.
    /// - Throws: as ``read(_:into:)``; category `misuse`, with nothing taken, where that has left something.
    /// - Thread: one reader at a time; safe beside one writer.
    /// Source: RFC 8446 §5.2, §6.1.
    public mutating func open(_ ciphertext: UnsafeMutableRawBufferPointer) throws(TLSError) -> OpenProgress {
        try core.open(ciphertext)
    }

    /// Sends what reading made the core emit, without ever waiting for the writer.
    ///
    /// - Parameter send: hands bytes to the transport without blocking and returns how many it took; called with no
    ///   lock held.
    /// - Returns: `pending` when the transport took only a part: call again when it can take more. `leftToHolder` when
    ///   the writer is sending and will take this along.
    public mutating func flush(_ send: (UnsafeRawBufferPointer) -> Int) -> FlushOutcome {
        core.flush(waiting: false, send)
    }

    /// Tells that this half is not used for a while, as ``DuplexSession/releaseMemory()`` does for both: worth calling
    /// before a wait without end.
    public mutating func rest() { core.rest(.reader) }
}
