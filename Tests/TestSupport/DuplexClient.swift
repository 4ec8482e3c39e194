public import DuplexPosix
public import DuplexTLS

/// A TLS client whose two directions belong to two threads.
public struct DuplexClient {
    public let socket: Socket
    public let reader: ClientReader
    public let writer: ClientWriter

    /// Connects and completes the handshake. Nil when either fails.
    ///
    /// - Parameter device: where cryptography runs; nil: in the library.
    public static func connect(
        _ address: SocketAddress,
        policy: TLSPolicy = .intermediate,
        device: CryptoDevice? = nil
    ) -> DuplexClient? {
        let settings = ClientSettings(trust: .anyone, policy: policy, device: device)
        guard let socket = Socket.dial(address), let context = try? TLSContext(client: settings),
            let session = try? DuplexSession(context: context, serverName: "localhost"),
            let readHalf = session.takeReader(), let writeHalf = session.takeWriter()
        else { return nil }
        let reader = ClientReader(socket: socket, half: readHalf)
        guard reader.handshake() else { return nil }
        return DuplexClient(socket: socket, reader: reader, writer: ClientWriter(socket: socket, half: writeHalf))
    }
}

/// The reading direction of a ``DuplexClient``.
public final class ClientReader: @unchecked Sendable {
    // Invariant for @unchecked Sendable: used by one thread at a time.
    private let socket: Socket
    private var half: ReadHalf
    private var ciphertext: [UInt8] = []
    private var start = 0
    private var plaintext = [UInt8](repeating: 0, count: RecordLayer.plaintextLimit)
    /// How many records were read that held no data (KeyUpdates, tickets), by their size on the wire, bytes.
    public private(set) var recordsWithoutData: [Int: Int] = [:]
    /// The size of a KeyUpdate on the wire, bytes: record header, message header, one byte, inner type, tag.
    public static let keyUpdateSize = 5 + 4 + 1 + 1 + 16

    init(socket: Socket, half: consuming ReadHalf) {
        self.socket = socket
        self.half = half
    }

    func handshake() -> Bool {
        defer { TLSLibrary.releaseThreadCaches() }
        while true {
            guard let progress = try? rest({ try self.half.handshake($0) }) else { return false }
            start += progress.consumed
            flush()
            if progress.isComplete { return true }
            if progress.consumed == 0, receive() != nil { return false }
        }
    }

    /// Reads once. The plaintext, or how the stream ended.
    public func read() -> ([UInt8], TestClient.End?) {
        while true {
            do {
                let progress = try rest { input in
                    try self.plaintext.withUnsafeMutableBytes { try self.half.read(input, into: $0) }
                }
                start += progress.consumed
                if progress.hasOutput { flush() }
                if progress.consumed > 0, progress.produced == 0, progress.state == .open {
                    recordsWithoutData[progress.consumed, default: 0] += 1
                }
                if progress.produced > 0 { return (Array(plaintext.prefix(progress.produced)), nil) }
                if progress.state == .closed { return ([], .closeNotify) }
                guard progress.state == .needsInput else { continue }
            } catch let error as TLSError {
                return ([], .failed(error))
            } catch {
                return ([], .silent)
            }
            switch receive() {
            case nil: continue
            case .finished: return ([], .truncated)
            case .reset(let code): return ([], .reset(code))
            case .silent: return ([], .silent)
            }
        }
    }

    /// Reads until the stream ends.
    public func readAll() -> ([UInt8], TestClient.End) {
        var all: [UInt8] = []
        while true {
            let (bytes, end) = read()
            if let end { return (all, end) }
            all += bytes
        }
    }

    /// Acts as if the server had sent `bytes`. When they break the protocol, the alert that the client then owes the
    /// server is sent.
    public func receive(_ bytes: [UInt8]) {
        ciphertext += bytes
        _ = try? rest { input in try self.plaintext.withUnsafeMutableBytes { try self.half.read(input, into: $0) } }
        flush()
    }

    private func rest<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try ciphertext.withUnsafeBytes { try body(UnsafeRawBufferPointer(rebasing: $0[start...])) }
    }

    private func receive() -> StreamEnd? {
        ciphertext.removeFirst(start)
        start = 0
        let (bytes, end) = socket.readSome()
        ciphertext += bytes
        return end
    }

    private func flush() {
        let socket = socket
        _ = half.flush { socket.writeAll(Array($0)) ? $0.count : 0 }
    }
}

/// The writing direction of a ``DuplexClient``.
public final class ClientWriter: @unchecked Sendable {
    // Invariant for @unchecked Sendable: used by one thread at a time.
    private let socket: Socket
    private var half: WriteHalf

    init(socket: Socket, half: consuming WriteHalf) {
        self.socket = socket
        self.half = half
    }

    /// Encrypts and sends all of `bytes`. Returns whether the server took them.
    @discardableResult
    public func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let count = try? rest.withUnsafeBytes({ bytes in try self.half.write(bytes) }) else { return false }
            rest = rest.dropFirst(count)
        }
        return flush()
    }

    /// Puts a KeyUpdate behind what was written; the next write sends it. Returns whether the session took it.
    @discardableResult
    public func updateKeys() -> Bool { (try? half.updateKeys()) != nil }

    /// Sends close_notify.
    public func close() {
        half.close()
        flush()
    }

    @discardableResult
    private func flush() -> Bool {
        let socket = socket
        return half.flush { socket.writeAll(Array($0)) ? $0.count : 0 } == .flushed
    }
}
