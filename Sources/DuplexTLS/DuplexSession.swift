/// One TLS session that two threads use at the same time: one reads, one writes.
///
/// The halves are taken once each, and by type there is one reader and one writer. Neither ever waits for the other's
/// socket: this library has none. Ciphertext comes in as bytes and goes out as bytes; who moves them is up to the
/// caller.
///
/// The session lives as long as it, or either half, is held; the `WOLFSSL` object is freed with it.
///
/// - Thread: any; each half by one thread at a time.
public final class DuplexSession: Sendable {
    let core: SessionCore
    private let isReaderTaken = OnceFlag()
    private let isWriterTaken = OnceFlag()

    /// Makes a session that has not begun its handshake.
    ///
    /// - Parameters:
    ///   - context: what is negotiated, and which role this end has.
    ///   - serverName: client: the name to ask for (SNI) and to demand in the certificate; server: the name that the
    ///     client asked for, which its tickets are bound to.
    /// - Throws: ``TLSError`` of category `library` when memory or randomness is not to be had.
    public init(context: TLSContext, serverName: String? = nil) throws(TLSError) {
        core = try SessionCore(context: context, serverName: serverName)
    }

    /// The reading half, the first time; nil after that.
    public func takeReader() -> ReadHalf? { isReaderTaken.set() ? ReadHalf(core: core) : nil }

    /// The writing half, the first time; nil after that.
    public func takeWriter() -> WriteHalf? { isWriterTaken.set() ? WriteHalf(core: core) : nil }

    /// What the handshake agreed on; nil before it is complete.
    public var info: SessionInfo? { core.sessionInfo }

    /// The failure that ended the session, if one did.
    public var failure: TLSError? { core.failure }

    /// Frees the outbound buffers if nothing waits in them, and puts the library's object aside until its next use: of
    /// 56 KB, most of it room for a client's certificates, a few stay. Worth calling when the connection has been idle for a
    /// moment; what comes next takes some microseconds more. Where the halves are in different hands, each says so for
    /// itself: ``ReadHalf/rest()``, ``WriteHalf/rest()``. The last one puts the object aside.
    ///
    /// - Thread: any.
    public func releaseMemory() { core.rest(.both) }
}
