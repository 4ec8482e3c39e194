internal import Glibc

/// Buffers that one call receives into or sends from, in their order (readv(2), sendmsg(2)). It does not own them.
public struct IOVector: ~Copyable {
    /// The most buffers of one call: their entries are 1 KiB, the most that the standard library always takes from the
    /// stack.
    public static let limit = 64

    /// Room for ``limit`` entries, of which those from `start` to `end` are initialised, and those before were.
    private let entries: UnsafeMutablePointer<iovec>
    private var start = 0
    private var end = 0
    /// Bytes of all buffers.
    public private(set) var byteCount = 0

    private init(_ entries: UnsafeMutablePointer<iovec>) { self.entries = entries }

    /// Runs `body` with an empty one, whose entries lie on the stack and are not touched before they are used. It must not
    /// outlive the call, by `swap` with another one for instance.
    ///
    /// Not generic over a result: the caller's module would have it look up types at run time, at each call.
    public static func withEmpty(_ body: (inout IOVector) -> Void) {
        withUnsafeTemporaryAllocation(of: iovec.self, capacity: limit) { room in
            guard let base = room.baseAddress else { preconditionFailure("an allocation of no bytes") }
            var vector = IOVector(base)
            body(&vector)
        }
    }

    public var isFull: Bool { end == Self.limit }

    /// The address behind the last buffer; nil when there is none.
    public var endAddress: UnsafeMutableRawPointer? {
        end > start ? entries[end - 1].iov_base.map { $0 + entries[end - 1].iov_len } : nil
    }

    /// Adds a buffer at the end. Not when it is full.
    public mutating func append(_ buffer: UnsafeMutableRawBufferPointer) {
        precondition(!isFull)
        (entries + end).initialize(to: iovec(iov_base: buffer.baseAddress, iov_len: buffer.count))
        end += 1
        byteCount += buffer.count
    }

    /// Lets the last buffer reach `count` bytes further. Not when there is none.
    public mutating func extendLast(by count: Int) {
        precondition(end > start)
        entries[end - 1].iov_len += count
        byteCount += count
    }

    /// Takes the first `count` bytes off, which are no more than there are.
    public mutating func removeFirst(_ count: Int) {
        precondition(count <= byteCount)
        byteCount -= count
        var left = count
        while start < end, left >= entries[start].iov_len {
            left -= entries[start].iov_len
            start += 1
        }
        guard left > 0 else { return }
        entries[start].iov_base += left
        entries[start].iov_len -= left
    }

    /// The one buffer, when there is one.
    var only: UnsafeMutableRawBufferPointer? {
        guard end - start == 1 else { return nil }
        return UnsafeMutableRawBufferPointer(start: entries[start].iov_base, count: entries[start].iov_len)
    }

    /// What the calls take. Valid as long as the vector is.
    var content: UnsafeMutableBufferPointer<iovec> {
        UnsafeMutableBufferPointer(start: entries + start, count: end - start)
    }
}
