internal import DuplexLock
internal import DuplexPosix

/// One direction of a transport in memory. It keeps all that was ever handed to it, for the judgement.
final class Link: @unchecked Sendable {
    // Invariant for @unchecked Sendable: the stored vars are used only while `lock` is held.
    enum Arrival {
        case bytes(ArraySlice<UInt8>)
        case nothing
        /// No more will come: an orderly end of the transport.
        case ended
        /// The transport failed.
        case reset
    }

    private let lock = Lock()
    private let changed = Condition()
    private var room: Int
    private var content: [UInt8] = []
    private var arrivedCount = 0
    private var end: Int?
    private var hasFailed = false
    /// Long enough for a thread of the lowest priority on a busy machine: with 8 s, 3 of 20,000 conversations of four
    /// threads ran out of it there.
    private static let patience = Duration.seconds(40)

    init(room: Int) { self.room = room }

    /// All that was handed over, also what was lost after it.
    var wire: [UInt8] { lock.withLock { content } }
    /// How much of it arrived.
    var arrived: Int { lock.withLock { arrivedCount } }
    var isReset: Bool { lock.withLock { hasFailed } }
    /// How much was handed over.
    var count: Int { lock.withLock { content.count } }

    func setRoom(_ bytes: Int) { lock.withLock { room = bytes } }

    /// Takes what there is room for, at most `limit` bytes. After the cut everything is taken, and lost.
    func take(_ bytes: UnsafeRawBufferPointer, limit: Int) -> Int {
        lock.withLock { accept(bytes, limit: limit) }
    }

    /// Takes all of `bytes`, waiting for room. Takes less when the transport fails, or after a deadline.
    func takeAll(_ bytes: UnsafeRawBufferPointer) -> Int {
        let deadline = MonotonicTime.now.advanced(by: Self.patience)
        return lock.withLock {
            var taken = 0
            while taken < bytes.count, !hasFailed {
                let count = accept(UnsafeRawBufferPointer(rebasing: bytes[taken...]), limit: .max)
                taken += count
                if count == 0, !changed.wait(lock, untilNanoseconds: deadline.nanoseconds) { break }
            }
            return taken
        }
    }

    private func accept(_ bytes: UnsafeRawBufferPointer, limit: Int) -> Int {
        if hasFailed { return 0 }
        let space = end == nil ? max(0, room - (content.count - arrivedCount)) : .max
        let count = min(bytes.count, limit, space)
        content += bytes[0..<count]
        changed.broadcast()
        return count
    }

    /// What comes next, at most `limit` bytes.
    func deliver(limit: Int) -> Arrival { lock.withLock { next(limit: limit) } }

    /// As ``deliver(limit:)``, but waits for something; nothing only after a deadline.
    func awaitDelivery(limit: Int) -> Arrival {
        let deadline = MonotonicTime.now.advanced(by: Self.patience)
        return lock.withLock {
            while true {
                let arrival = next(limit: limit)
                guard case .nothing = arrival else { return arrival }
                if !changed.wait(lock, untilNanoseconds: deadline.nanoseconds) { return .nothing }
            }
        }
    }

    private func next(limit: Int) -> Arrival {
        if hasFailed { return .reset }
        let available = min(content.count, end ?? .max)
        if arrivedCount < available {
            let count = min(limit, available - arrivedCount)
            defer { arrivedCount += count }
            changed.broadcast()
            return .bytes(content[arrivedCount..<arrivedCount + count])
        }
        return end.map { $0 <= arrivedCount } ?? false ? .ended : .nothing
    }

    /// Ends the stream `keep` bytes behind what has arrived.
    func cut(keep: Int) {
        lock.withLock { if end == nil { end = arrivedCount + keep } }
        changed.broadcast()
    }

    /// Ends the stream behind what has been handed over.
    func finish() {
        lock.withLock { if end == nil { end = content.count } }
        changed.broadcast()
    }

    func fail() {
        lock.withLock { hasFailed = true }
        changed.broadcast()
    }
}
