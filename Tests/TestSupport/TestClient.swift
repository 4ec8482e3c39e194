public import DuplexPosix
public import DuplexTLS

/// A TLS client for tests: our own client role over a socket, on one thread, with every step under the test's control.
public final class TestClient {
    public let socket: Socket
    public let session: DuplexSession
    private var reader: ReadHalf
    private var writer: WriteHalf
    private var ciphertext: [UInt8] = []

    /// How the server's stream ended.
    public enum End: Sendable, Equatable {
        /// close_notify was read.
        case closeNotify
        /// FIN without close_notify.
        case truncated
        case reset(Int32)
        case silent
        case failed(TLSError)
    }

    private init(socket: Socket, session: DuplexSession, reader: consuming ReadHalf, writer: consuming WriteHalf) {
        self.socket = socket
        self.session = session
        self.reader = reader
        self.writer = writer
    }

    /// Connects and completes the handshake. Nil when either fails.
    public static func connect(
        _ address: SocketAddress,
        policy: TLSPolicy = .intermediate,
        protocols: [String] = []
    ) -> TestClient? {
        let settings = ClientSettings(trust: .anyone, policy: policy, applicationProtocols: protocols)
        guard let socket = Socket.dial(address), let context = try? TLSContext(client: settings),
            let session = try? DuplexSession(context: context, serverName: "localhost"),
            let reader = session.takeReader(), let writer = session.takeWriter()
        else { return nil }
        let client = TestClient(socket: socket, session: session, reader: reader, writer: writer)
        guard client.handshake() else { return nil }
        return client
    }

    private func handshake() -> Bool {
        defer { TLSLibrary.releaseThreadCaches() }
        while true {
            guard let progress = try? ciphertext.withUnsafeBytes({ try self.reader.handshake($0) }) else {
                return false
            }
            ciphertext.removeFirst(progress.consumed)
            flush()
            if progress.isComplete { return true }
            if progress.consumed == 0 {
                let (bytes, end) = socket.readSome()
                guard end == nil else { return false }
                ciphertext += bytes
            }
        }
    }

    /// Encrypts and sends all of `bytes`. Returns whether the server took them.
    @discardableResult
    public func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let count = try? rest.withUnsafeBytes({ bytes in try self.writer.write(bytes) })
            else { return false }
            rest = rest.dropFirst(count)
            if !flush() { return false }
        }
        return true
    }

    /// Sends close_notify.
    public func close() {
        writer.close()
        flush()
    }

    /// Sends a KeyUpdate that asks for one.
    public func updateKeys() {
        try? writer.updateKeys()
        flush()
    }

    /// Reads once. The plaintext, or how the stream ended.
    public func read() -> ([UInt8], End?) {
        var plaintext = [UInt8](repeating: 0, count: RecordLayer.plaintextLimit)
        while true {
            do {
                let progress = try ciphertext.withUnsafeBytes { input in
                    try plaintext.withUnsafeMutableBytes { output in
                        try self.reader.read(input, into: output)
                    }
                }
                ciphertext.removeFirst(progress.consumed)
                if progress.hasOutput { flush() }
                if progress.produced > 0 { return (Array(plaintext.prefix(progress.produced)), nil) }
                if progress.state == .closed { return ([], .closeNotify) }
                guard progress.state == .needsInput else { continue }
            } catch let error as TLSError {
                return ([], .failed(error))
            } catch {
                return ([], .silent)
            }
            let (bytes, end) = socket.readSome()
            switch end {
            case nil: ciphertext += bytes
            case .finished: return ([], .truncated)
            case .reset(let code): return ([], .reset(code))
            case .silent: return ([], .silent)
            }
        }
    }

    /// Reads until the stream ends.
    public func readAll() -> ([UInt8], End) {
        var all: [UInt8] = []
        while true {
            let (bytes, end) = read()
            if let end { return (all, end) }
            all += bytes
        }
    }

    /// Reads exactly `count` bytes, unless the stream ends before.
    public func read(exactly count: Int) -> [UInt8] {
        var all: [UInt8] = []
        while all.count < count {
            let (bytes, end) = read()
            if end != nil { break }
            all += bytes
        }
        return all
    }

    @discardableResult
    private func flush() -> Bool {
        let socket = socket
        return writer.flush { bytes in
            var sent = 0
            while sent < bytes.count {
                guard case .bytes(let count) = socket.send(UnsafeRawBufferPointer(rebasing: bytes[sent...])) else {
                    break
                }
                sent += count
            }
            return sent
        } == .flushed
    }
}
