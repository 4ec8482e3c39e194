internal import DuplexPosix

/// What the client sent and nothing has decrypted yet: a buffer that is filled at its end and emptied at its start.
///
/// Used by the reader's thread alone.
struct CiphertextBuffer: ~Copyable {
    private var buffer: Buffer?
    private let pool: BufferPool
    private var start = 0
    private var end = 0

    init(pool: BufferPool) { self.pool = pool }

    var isEmpty: Bool { start == end }

    /// What is in it, oldest first. Valid until something is received or released.
    var content: UnsafeMutableRawBufferPointer {
        guard let bytes = buffer.bytes else { return UnsafeMutableRawBufferPointer(start: nil, count: 0) }
        return UnsafeMutableRawBufferPointer(rebasing: bytes[start..<end])
    }

    /// Takes `count` bytes off the start.
    mutating func consume(_ count: Int) {
        start += count
        assert(start <= end)
        if start == end { (start, end) = (0, 0) }
    }

    /// Receives once, waiting no longer than the socket's patience.
    mutating func receive(from socket: Socket) -> ReceiveOutcome { fill { socket.receive(into: $0) } }

    /// Receives once, without waiting.
    mutating func receiveNow(from socket: Socket) -> ReceiveOutcome { fill { socket.receiveNow(into: $0) } }

    private mutating func fill(_ receive: (UnsafeMutableRawBufferPointer) -> ReceiveOutcome) -> ReceiveOutcome {
        if buffer == nil { buffer = pool.take() }
        guard let bytes = buffer.bytes else { return .failed(SystemCallError.noMemory) }
        // What is left is less than a record, so a batch fits behind it; it is moved only when it would not.
        if bytes.count - end < EngineLimits.batchSize, start > 0 {
            bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[start..<end]))
            (start, end) = (0, end - start)
        }
        let room = UnsafeMutableRawBufferPointer(rebasing: bytes[end..<min(end + EngineLimits.batchSize, bytes.count)])
        let outcome = receive(room)
        if case .bytes(let count) = outcome { end += count }
        return outcome
    }

    /// Gives the memory back if nothing is in it.
    mutating func releaseIfEmpty() {
        guard isEmpty, let taken = buffer.take() else { return }
        pool.put(taken)
    }

    /// Gives the memory back, with what is in it.
    consuming func release() {
        if let taken = buffer.take() { pool.put(taken) }
    }
}
