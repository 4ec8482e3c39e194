internal import Glibc

/// A page-aligned block of ``EngineLimits/bufferSize`` bytes, owned by one thread at a time.
struct Buffer: ~Copyable {
    private let base: UnsafeMutableRawPointer

    /// Maps fresh pages; nil when the system has no memory.
    init?() {
        let base = mmap(nil, EngineLimits.bufferSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let base, base != MAP_FAILED else { return nil }
        self.base = base
    }

    /// Takes over pages that another buffer gave up with ``release()``.
    init(taking base: UnsafeMutableRawPointer) { self.base = base }

    deinit { munmap(base, EngineLimits.bufferSize) }

    var bytes: UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base, count: EngineLimits.bufferSize)
    }

    /// Gives the pages up without unmapping them.
    consuming func release() -> UnsafeMutableRawPointer {
        let base = base
        discard self
        return base
    }
}

extension Optional where Wrapped == Buffer {
    /// The buffer's bytes, borrowed; nil when there is no buffer.
    var bytes: UnsafeMutableRawBufferPointer? {
        switch self {
        case .some(let buffer): buffer.bytes
        case .none: nil
        }
    }
}
