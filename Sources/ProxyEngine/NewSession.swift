internal import DuplexTLS

/// A session from its making to its handshake's last step: what a handshake computes, and nothing that waits.
struct NewSession: ~Copyable {
    private let context: TLSContext
    private let serverName: String?
    private var session: DuplexSession?
    /// Nil before the first step, and when the session is established.
    var reader: ReadHalf?
    private var writer: WriteHalf?

    init(_ context: TLSContext, serverName: String?) {
        self.context = context
        self.serverName = serverName
    }

    /// Makes the session, the first time, and moves its handshake on by the first record of `ciphertext`.
    mutating func advance(_ ciphertext: UnsafeRawBufferPointer) throws(Handshake.Failure) -> HandshakeProgress {
        if session == nil { try make() }
        do {
            guard let progress = try reader?.handshake(ciphertext) else { preconditionFailure("the halves are taken") }
            return progress
        } catch {
            let reason: CloseReason = error.category == .library ? .noResources : .handshakeFailed
            throw Handshake.Failure(reason: reason, detail: error.reason, error: error, serverName: serverName)
        }
    }

    /// What a complete handshake leaves, once; nil before.
    mutating func established() -> Handshake.Established? {
        guard let info = session?.info, let reader = reader.take(), let writer = writer.take() else { return nil }
        return Handshake.Established(info: info, serverName: serverName, reader: reader, writer: writer)
    }

    private mutating func make() throws(Handshake.Failure) {
        do {
            let made = try DuplexSession(context: context, serverName: serverName)
            reader = made.takeReader()
            writer = made.takeWriter()
            session = made
        } catch {
            throw Handshake.Failure(reason: .noResources, detail: "\(error)", serverName: serverName)
        }
    }
}
