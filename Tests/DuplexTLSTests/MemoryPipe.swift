import DuplexLock
import DuplexPosix

/// One direction of a transport in memory, with room for so many bytes: a writer that finds no room waits, a reader that
/// finds nothing waits, neither longer than a deadline.
final class MemoryPipe: @unchecked Sendable {
    // Invariant for @unchecked Sendable: the stored vars are used only while `lock` is held.
    private let lock = Lock()
    private let changed = Condition()
    private let room: Int
    private var content: [UInt8] = []
    private var isEnded = false
    private static let patience = Duration.seconds(60)

    init(room: Int) { self.room = room }

    /// Takes all of `bytes`, waiting for room. Returns how many it took: fewer only after the end or the deadline.
    func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        let deadline = MonotonicTime.now.advanced(by: Self.patience)
        var taken = 0
        lock.lock()
        while taken < bytes.count, !isEnded {
            let count = min(room - content.count, bytes.count - taken)
            if count == 0 {
                if !changed.wait(lock, untilNanoseconds: deadline.nanoseconds) { break }
                continue
            }
            content += bytes[taken..<taken + count]
            taken += count
            changed.broadcast()
        }
        lock.unlock()
        return taken
    }

    /// Takes what there is room for, without waiting.
    func writeNow(_ bytes: UnsafeRawBufferPointer) -> Int {
        lock.withLock {
            let count = isEnded ? 0 : min(room - content.count, bytes.count)
            content += bytes[0..<count]
            changed.broadcast()
            return count
        }
    }

    /// What has come, up to `limit` bytes; waits for the first. Empty after the end or the deadline.
    func read(limit: Int) -> [UInt8] {
        let deadline = MonotonicTime.now.advanced(by: Self.patience)
        return lock.withLock {
            while content.isEmpty, !isEnded {
                if !changed.wait(lock, untilNanoseconds: deadline.nanoseconds) { return [] }
            }
            let bytes = Array(content.prefix(limit))
            content.removeFirst(bytes.count)
            changed.broadcast()
            return bytes
        }
    }

    /// Lets nobody wait any more.
    func end() {
        lock.withLock { isEnded = true }
        changed.broadcast()
    }
}
