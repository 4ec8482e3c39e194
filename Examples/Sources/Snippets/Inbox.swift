/// Ciphertext that has come and that nothing has taken yet.
struct Inbox {
    private(set) var bytes: [UInt8] = []

    mutating func take(_ count: Int) { bytes.removeFirst(count) }

    /// Receives more; nil, or how the stream ended.
    mutating func fill(from socket: Connection) -> StreamEnd? {
        var part = [UInt8](repeating: 0, count: 65_536)
        let count = part.withUnsafeMutableBytes { socket.receive(into: $0) }
        guard count > 0 else { return count == 0 ? .fin : .reset }
        bytes += part[..<count]
        return nil
    }
}
