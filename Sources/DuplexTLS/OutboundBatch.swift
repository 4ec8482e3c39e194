internal import CWolfSSLShims

/// The ciphertext that the holder of the sending turn is sending, in the order in which the core produced it.
///
/// Two buffers change places: the library fills the window's output while this one is being sent. Guarded by the
/// session's lock, except that the holder of the turn reads ``rest``'s bytes with the lock released: nobody else
/// touches them before it gives the turn up.
struct OutboundBatch {
    private var base: UnsafeMutablePointer<UInt8>?
    private var capacity = 0
    private var count = 0
    private var sent = 0

    var isEmpty: Bool { sent == count }

    /// What is still to be sent.
    var rest: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: base.map { $0 + sent }, count: count - sent)
    }

    /// Counts `bytes` more as sent.
    mutating func advance(by bytes: Int) {
        assert(bytes >= 0 && sent + bytes <= count)
        sent += bytes
    }

    /// Takes what the library put out, and leaves it this batch's emptied buffer.
    mutating func exchange(with window: inout duplex_transport_window) {
        assert(isEmpty)
        let emptied = (base, capacity)
        (base, capacity, count, sent) = (window.output, window.output_capacity, window.output_count, 0)
        (window.output, window.output_capacity, window.output_count) = (emptied.0, emptied.1, 0)
    }

    /// Leaves its emptied buffer to the writer, for what that one's is.
    mutating func exchange(with buffer: inout OutboundBuffer) {
        assert(isEmpty)
        (base, buffer.base) = (buffer.base, base)
        (capacity, buffer.capacity) = (buffer.capacity, capacity)
        (count, sent) = (0, 0)
    }

    /// Gives the buffer back to the system, with whatever was never sent.
    mutating func free() {
        duplex_transport_free_output(base)
        self = OutboundBatch()
    }
}
