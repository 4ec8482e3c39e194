public import DuplexPosix
public import DuplexTLS

/// A TLS client whose ciphertext the test holds in its hands: it says what is sent, when, and in which pieces.
public final class ScriptedClient {
    public let socket: Socket
    private var reader: ReadHalf
    private var writer: WriteHalf
    private var received: [UInt8] = []

    /// Connects; the handshake has not begun. Nil when nobody listens.
    public init?(_ address: SocketAddress, policy: TLSPolicy = .intermediate) {
        guard let socket = Socket.dial(address),
            let context = try? TLSContext(client: ClientSettings(trust: .anyone, policy: policy)),
            let session = try? DuplexSession(context: context, serverName: "localhost"),
            let reader = session.takeReader(), let writer = session.takeWriter()
        else { return nil }
        self.socket = socket
        self.reader = reader
        self.writer = writer
    }

    /// Connects and completes the handshake. Nil when either fails.
    public static func connected(_ address: SocketAddress, policy: TLSPolicy = .intermediate) -> ScriptedClient? {
        guard let client = ScriptedClient(address, policy: policy) else { return nil }
        guard client.socket.writeAll(client.hello()) else { return nil }
        return client.finishHandshake { client.socket.writeAll($0) } ? client : nil
    }

    /// The ClientHello, not sent.
    public func hello() -> [UInt8] {
        defer { TLSLibrary.releaseThreadCaches() }
        _ = try? writer.handshake()
        return output()
    }

    /// Reads from the server until this side has something to answer or is done.
    ///
    /// - Returns: the answer, not sent, and whether the handshake is complete on this side; nil when the stream ended
    ///   or the handshake failed.
    public func nextFlight() -> (bytes: [UInt8], isComplete: Bool)? {
        defer { TLSLibrary.releaseThreadCaches() }
        while true {
            guard let progress = try? received.withUnsafeBytes({ try self.reader.handshake($0) }) else { return nil }
            received.removeFirst(progress.consumed)
            let bytes = output()
            if !bytes.isEmpty || progress.isComplete { return (bytes, progress.isComplete) }
            if progress.consumed > 0 { continue }
            let (more, end) = socket.readSome()
            guard end == nil else { return nil }
            received += more
        }
    }

    /// Goes through the flights that follow the hello. Returns whether the handshake was completed.
    public func finishHandshake(_ send: ([UInt8]) -> Bool) -> Bool {
        while let flight = nextFlight() {
            if !flight.bytes.isEmpty, !send(flight.bytes) { return false }
            if flight.isComplete { return true }
        }
        return false
    }

    /// The records that carry `plaintext`, not sent.
    public func seal(_ plaintext: [UInt8]) -> [UInt8] {
        var rest = plaintext[...]
        while !rest.isEmpty {
            guard let count = try? rest.withUnsafeBytes({ bytes in try self.writer.write(bytes) }) else { break }
            rest = rest.dropFirst(count)
        }
        return output()
    }

    /// The record that carries close_notify, not sent.
    public func sealCloseNotify() -> [UInt8] {
        writer.close()
        return output()
    }

    /// Reads once. The plaintext, or how the stream ended.
    public func read() -> ([UInt8], TestClient.End?) {
        var plaintext = [UInt8](repeating: 0, count: RecordLayer.plaintextLimit)
        while true {
            do throws(TLSError) {
                let progress = try step(into: &plaintext)
                if progress.produced > 0 { return (Array(plaintext.prefix(progress.produced)), nil) }
                if progress.state == .closed { return ([], .closeNotify) }
                guard progress.state == .needsInput else { continue }
            } catch {
                return ([], .failed(error))
            }
            let (bytes, end) = socket.readSome()
            switch end {
            case nil: received += bytes
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

    private func step(into plaintext: inout [UInt8]) throws(TLSError) -> ReadProgress {
        let input = received
        let outcome: Result<ReadProgress, TLSError> = input.withUnsafeBytes { input in
            plaintext.withUnsafeMutableBytes { output in
                do throws(TLSError) {
                    return .success(try self.reader.read(input, into: output))
                } catch {
                    return .failure(error)
                }
            }
        }
        let progress = try outcome.get()
        received.removeFirst(progress.consumed)
        return progress
    }

    /// Takes everything that the session has produced.
    private func output() -> [UInt8] {
        var bytes: [UInt8] = []
        _ = writer.flush {
            bytes += $0
            return $0.count
        }
        return bytes
    }
}
