internal import DuplexPosix
internal import DuplexTLS

/// Our own TLS client over one socket, for two threads: one reads, one writes.
///
/// - Thread: `read` by one thread, `write` and `close` by one thread, at the same time.
final class SelfCheckClient: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `reader` and what stands below it are used only by the thread that reads,
    // `writer` only by the thread that writes; the handshake comes before there are two.
    private let socket: Socket
    private let session: DuplexSession
    private var reader: ReadHalf
    private var ciphertext: [UInt8] = []
    private var consumed = 0
    private var writer: WriteHalf

    /// What one read found.
    enum Reading: Equatable {
        case bytes(Int)
        /// The server's close_notify: its clean end.
        case closeNotify
    }

    /// How long the server may keep silent.
    private static let patience = Duration.seconds(10)
    private static let chunkSize = 64 * 1024

    /// Connects, and completes the handshake, the server's certificate checked.
    init(address: SocketAddress, context: TLSContext) throws {
        let deadline = MonotonicTime.now.advanced(by: Self.patience)
        switch Socket.connect(to: address, patience: Self.patience, stop: nil, deadline: deadline) {
        case .connected(let socket): self.socket = socket
        case .failed(let error): throw SelfCheckFailure("\(error)")
        case .timedOut, .stopped: throw SelfCheckFailure("connect \(address): no answer")
        }
        if !address.isUnix { socket.sendWithoutDelay() }
        session = try DuplexSession(context: context, serverName: "localhost")
        // Both halves of a new session are there to be taken.
        guard let reader = session.takeReader(), let writer = session.takeWriter() else {
            throw SelfCheckFailure("a new session has no halves")
        }
        self.reader = reader
        self.writer = writer
        try handshake()
    }

    deinit { socket.close() }

    /// What the handshake agreed on.
    var info: SessionInfo? { session.info }

    private func handshake() throws {
        while true {
            let progress = try pending { try reader.handshake($0) }
            consumed += progress.consumed
            try flush()
            if progress.isComplete { return }
            if progress.needsInput, try !receive() {
                throw SelfCheckFailure("the server closed during the handshake")
            }
        }
    }

    // MARK: Reading

    /// Decrypts into `buffer`; waits for the first byte.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Reading {
        while true {
            let progress = try pending { try reader.read($0, into: buffer) }
            consumed += progress.consumed
            if progress.hasOutput { _ = reader.flush { self.sendNow($0) } }
            if progress.produced > 0 { return .bytes(progress.produced) }
            if progress.state == .closed { return .closeNotify }
            if progress.state == .needsInput, try !receive() {
                throw SelfCheckFailure("the stream ended without close_notify")
            }
        }
    }

    /// Whether FIN follows, with nothing before it. After close_notify was read.
    func isAtEnd() throws -> Bool { try !receive() }

    private func pending<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try ciphertext.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[consumed...])) }
    }

    /// Receives more ciphertext. False at the end of the stream.
    private func receive() throws -> Bool {
        ciphertext.removeFirst(consumed)
        consumed = 0
        return try withUnsafeTemporaryAllocation(byteCount: Self.chunkSize, alignment: 16) { buffer in
            switch socket.receive(into: buffer) {
            case .bytes(let count):
                ciphertext += buffer[..<count]
                return true
            case .endOfStream: return false
            case .idle: throw SelfCheckFailure("nothing came for \(Self.patience)")
            case .failed(let code): throw SelfCheckFailure("recv: \(SystemCallError.text(code))")
            }
        }
    }

    // MARK: Writing

    /// Encrypts and sends all of `bytes`.
    func write(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            sent += try bytes.withUnsafeBytes { try writer.write(UnsafeRawBufferPointer(rebasing: $0[sent...])) }
            try flush()
        }
    }

    /// Sends close_notify: our stream ends, the server's goes on.
    func close() throws {
        writer.close()
        try flush()
    }

    private func flush() throws {
        guard writer.flush({ self.sendAll($0) }) == .flushed else { throw SelfCheckFailure("the server does not read") }
    }

    private func sendAll(_ bytes: UnsafeRawBufferPointer) -> Int {
        var sent = 0
        while sent < bytes.count, case .bytes(let count) = socket.send(UnsafeRawBufferPointer(rebasing: bytes[sent...]))
        {
            sent += count
        }
        return sent
    }

    private func sendNow(_ bytes: UnsafeRawBufferPointer) -> Int {
        if case .bytes(let count) = socket.sendNow(bytes) { count } else { 0 }
    }
}
