internal import DuplexLock
internal import Glibc

/// Free buffers, so that short connections map no memory.
///
/// - Thread: any.
final class BufferPool: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `free` is used only while `lock` is held; a pointer in it belongs to nobody
    // else.
    private let lock = Lock()
    private var free: [UnsafeMutableRawPointer] = []

    deinit { trim() }

    /// How many buffers are kept. For tests.
    var freeCount: Int { lock.withLock { free.count } }

    /// A buffer with unspecified content; nil when the system has no memory.
    func take() -> Buffer? {
        if let base = lock.withLock({ free.popLast() }) { return Buffer(taking: base) }
        return Buffer()
    }

    /// Takes a buffer back.
    func put(_ buffer: consuming Buffer) {
        let base = buffer.release()
        let isKept = lock.withLock {
            guard free.count < EngineLimits.freeBuffers else { return false }
            free.append(base)
            return true
        }
        if !isKept { munmap(base, EngineLimits.bufferSize) }
    }

    /// Unmaps every free buffer.
    func trim() {
        let bases = lock.withLock {
            defer { free.removeAll() }
            return free
        }
        for base in bases { munmap(base, EngineLimits.bufferSize) }
    }
}
