internal import Glibc

/// Buffers that one call receives into or sends from, in their order (readv(2), sendmsg(2)). It does not own them.
public struct IOVector: ~Copyable {
    /// The most buffers of one call.
    public static let limit = 64

    private var entries = InlineArray<64, iovec>(repeating: iovec())
    private var start = 0
    private var end = 0
    /// Bytes of all buffers.
    public private(set) var byteCount = 0

    public init() {}

    public var isFull: Bool { end == Self.limit }

    /// The address behind the last buffer; nil when there is none.
    public var endAddress: UnsafeMutableRawPointer? {
        end > start ? entries[end - 1].iov_base.map { $0 + entries[end - 1].iov_len } : nil
    }

    /// Adds a buffer at the end. Not when it is full.
    public mutating func append(_ buffer: UnsafeMutableRawBufferPointer) {
        precondition(!isFull)
        entries[end] = iovec(iov_base: buffer.baseAddress, iov_len: buffer.count)
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

    func withEntries<Result>(_ body: (UnsafePointer<iovec>?, Int) -> Result) -> Result {
        entries.span.withUnsafeBufferPointer { body($0.baseAddress.map { $0 + start }, end - start) }
    }
}
