public import DuplexTLS

/// A session of the library, as a server, and a client of libssl, over memory.
///
/// - Thread: one at a time; but ``receive()`` may run beside ``send(_:recordSize:)`` and ``discardSent()``, as the
///   session's halves may.
public final class Conversation: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `reader` and `inbound` belong to the thread that receives, `writer` and
    // `outbound` to the one that sends, once the handshake is over.
    public let session: DuplexSession
    private let client: MemoryClient
    private var reader: ReadHalf
    private var writer: WriteHalf
    /// What the client sent and the server has not taken.
    private var inbound: [UInt8] = []
    /// What the server sent and the client has not been given.
    private var outbound: [UInt8] = []
    private let server: ServerShare

    /// How long the server's part of the handshake took.
    public var handshakeTime: Duration { server.time }

    /// Completes a handshake, and takes up the session of `resumed` if one is given.
    ///
    /// - Parameter isCounted: the server's part is done as ``countedWork(_:)``.
    public init(_ bench: Bench, resuming resumed: Conversation? = nil, isCounted: Bool = false) throws {
        let server = ServerShare(isCounted: isCounted)
        self.server = server
        client = try MemoryClient(bench.setting, resuming: resumed?.client)
        outbound.reserveCapacity(65_536)
        _ = try client.handshake()
        client.send(to: &inbound)
        let hello = inbound
        session = try server.run {
            guard case .complete(let hello) = hello.withUnsafeBytes({ ClientHello.parse($0, limit: $0.count) }) else {
                throw WorkbenchError("the client's first bytes are no ClientHello")
            }
            return try DuplexSession(context: bench.context, serverName: hello.serverName)
        }
        guard let reader = session.takeReader(), let writer = session.takeWriter() else {
            throw WorkbenchError("a new session has no halves")
        }
        self.reader = reader
        self.writer = writer
        try completeHandshake()
        guard client.hasResumed == (resumed != nil) else {
            throw WorkbenchError(resumed == nil ? "a session was resumed" : "the session was not resumed")
        }
    }

    private func completeHandshake() throws {
        var isServerDone = false
        var isClientDone = false
        // Each turn carries a flight; no handshake has this many.
        for _ in 0..<16 where !isServerDone || !isClientDone {
            if !isServerDone { isServerDone = try server.run { try serverSteps() } }
            passToClient()
            isClientDone = try client.handshake()
            client.send(to: &inbound)
        }
        guard isServerDone, isClientDone else { throw WorkbenchError("the handshake does not end") }
        // Takes the tickets.
        var none: [UInt8] = []
        passToClient()
        try client.read(into: &none)
    }

    /// As far as the server comes with what has arrived. Returns whether its handshake is complete.
    private func serverSteps() throws -> Bool {
        while true {
            let progress = try inbound.withUnsafeBytes { bytes throws(TLSError) in try reader.handshake(bytes) }
            inbound.removeFirst(progress.consumed)
            if progress.hasOutput { flushReader() }
            if progress.isComplete { return true }
            if progress.needsInput { return false }
        }
    }

    /// Has the client encrypt `bytes`, for ``receive(_:)``.
    public func clientSends(_ bytes: [UInt8]) throws {
        try client.write(bytes)
        client.send(to: &inbound)
    }

    /// The server decrypts everything that has arrived, where it lies. Returns how many bytes of plaintext that was.
    public func receive() throws -> Int {
        var total = 0
        var taken = 0
        let count = inbound.count
        try inbound.withUnsafeMutableBytes { ciphertext in
            while taken < count {
                let progress = try reader.open(UnsafeMutableRawBufferPointer(rebasing: ciphertext[taken...]))
                taken += progress.consumed
                total += progress.plaintext.count
                if progress.state != .open { break }
            }
        }
        inbound.removeFirst(taken)
        return total
    }

    /// The server encrypts `bytes`, in records of at most `recordSize`, and sends them as one batch.
    public func send(_ bytes: [UInt8], recordSize: Int = RecordLayer.plaintextLimit) throws {
        try bytes.withUnsafeBytes { bytes in
            var sent = 0
            while sent < bytes.count {
                let end = min(sent + recordSize, bytes.count)
                sent += try writer.write(UnsafeRawBufferPointer(rebasing: bytes[sent..<end]))
            }
        }
        _ = writer.flush { bytes in
            outbound.append(contentsOf: bytes)
            return bytes.count
        }
    }

    /// Lays `bytes` into the server's room, as a receive from the backend would.
    public func fillRoom(_ bytes: [UInt8]) throws {
        guard let room = writer.room(for: bytes.count) else { throw WorkbenchError("no room") }
        var rest = bytes[...]
        for piece in room {
            piece.copyBytes(from: rest.prefix(piece.count))
            rest = rest.dropFirst(piece.count)
        }
    }

    /// The server encrypts the first `count` bytes of its room where they lie, and sends them as one batch.
    public func sendRoom(_ count: Int) throws {
        try writer.write(received: count)
        _ = writer.flush { bytes in
            outbound.append(contentsOf: bytes)
            return bytes.count
        }
    }

    /// Takes and gives back the sending turn, with nothing to send.
    public func sendNothing() {
        _ = writer.flush { $0.count }
    }

    /// Forgets what the server has sent: from here on the client could not read.
    public func discardSent() { outbound.removeAll(keepingCapacity: true) }

    /// The client decrypts everything that the server has sent. Returns it.
    public func clientReceives() throws -> [UInt8] {
        var received: [UInt8] = []
        passToClient()
        try client.read(into: &received)
        return received
    }

    private func flushReader() {
        _ = reader.flush { bytes in
            outbound.append(contentsOf: bytes)
            return bytes.count
        }
    }

    private func passToClient() {
        outbound.withUnsafeBytes { client.receive($0) }
        outbound.removeAll(keepingCapacity: true)
    }
}
