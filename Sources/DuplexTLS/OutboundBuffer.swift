internal import CWolfSSLShims

/// Memory that records are built in: it becomes a window's output, and what was sent from there comes back.
///
/// Owned by one thread at a time.
struct OutboundBuffer: ~Copyable, @unchecked Sendable {
    // Invariant for @unchecked Sendable: `base` is this value's alone.
    var base: UnsafeMutablePointer<UInt8>?
    var capacity = 0

    init() {}

    deinit { duplex_transport_free_output(base) }

    /// Makes room for `size` bytes; what was in it is lost. False when the system has no memory.
    mutating func reserve(_ size: Int) -> Bool {
        guard capacity < size else { return true }
        free()
        base = duplex_transport_allocate_output(size)
        capacity = base == nil ? 0 : size
        return base != nil
    }

    mutating func free() {
        duplex_transport_free_output(base)
        (base, capacity) = (nil, 0)
    }
}
