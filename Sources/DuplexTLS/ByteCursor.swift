/// Reads TLS presentation language (RFC 8446 §3) from bytes, never past their end.
struct ByteCursor {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    var isAtEnd: Bool { rest.isEmpty }

    /// What is left, as text; bytes that are not UTF-8 become U+FFFD.
    var text: String { String(decoding: rest, as: UTF8.self) }

    mutating func skip(_ count: Int) -> Bool {
        guard rest.count >= count else { return false }
        rest = rest.dropFirst(count)
        return true
    }

    /// An unsigned integer of `bytes` bytes, big-endian.
    mutating func integer(bytes: Int) -> Int? {
        guard rest.count >= bytes else { return nil }
        let value = rest.prefix(bytes).reduce(0) { $0 << 8 | Int($1) }
        rest = rest.dropFirst(bytes)
        return value
    }

    /// A vector whose length stands before it in `lengthBytes` bytes.
    mutating func vector(lengthBytes: Int) -> ByteCursor? {
        guard let length = integer(bytes: lengthBytes), rest.count >= length else { return nil }
        let content = rest.prefix(length)
        rest = rest.dropFirst(length)
        return ByteCursor(content)
    }
}
