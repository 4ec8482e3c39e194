public import DuplexPosix

/// How a stream ended.
public enum StreamEnd: Sendable, Equatable {
    case finished
    case reset(Int32)
    /// Nothing came for the socket's patience.
    case silent
}

extension Socket {
    /// Sends all of `bytes`. Returns whether the peer took them.
    @discardableResult
    public func writeAll(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                guard case .bytes(let count) = send(UnsafeRawBufferPointer(rebasing: buffer[sent...])) else {
                    return false
                }
                sent += count
            }
            return true
        }
    }

    /// Receives once. Empty at the end of the stream.
    public func readSome(limit: Int = 65_536) -> ([UInt8], StreamEnd?) {
        var buffer = [UInt8](repeating: 0, count: limit)
        switch buffer.withUnsafeMutableBytes({ receive(into: $0) }) {
        case .bytes(let count): return (Array(buffer.prefix(count)), nil)
        case .endOfStream: return ([], .finished)
        case .idle: return ([], .silent)
        case .failed(let code): return ([], .reset(code))
        }
    }

    /// Receives until the stream ends, handing on each piece.
    @discardableResult
    public func readAll(_ take: ([UInt8]) -> Void) -> StreamEnd {
        while true {
            let (bytes, end) = readSome()
            if let end { return end }
            take(bytes)
        }
    }

    /// Dials `address` on loopback, with a patience that fails a test rather than letting it hang.
    public static func dial(_ address: SocketAddress, patience: Duration = .seconds(20)) -> Socket? {
        let outcome = connect(to: address, patience: patience, stop: nil, deadline: .now.advanced(by: .seconds(10)))
        guard case .connected(let socket) = outcome else { return nil }
        socket.sendWithoutDelay()
        return socket
    }
}
