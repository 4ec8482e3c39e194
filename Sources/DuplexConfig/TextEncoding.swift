/// Checks that bytes are text.
enum TextEncoding {
    /// The first place in `bytes` that is not UTF-8 or is NUL, as a failure; nil if all of it is text.
    static func failure(in bytes: [UInt8]) -> TextFailure? {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return TextFailure(
                position: SourcePosition(line: 1, column: 1),
                found: "UTF-16 text",
                accepted: "UTF-8 text"
            )
        }
        if String(validating: bytes, as: UTF8.self) == nil {
            return failureOfInvalidBytes(in: bytes)
        }
        if let offset = bytes.firstIndex(of: 0) {
            return TextFailure(
                position: position(of: offset, in: bytes),
                found: "a NUL byte",
                accepted: "UTF-8 text without NUL"
            )
        }
        return nil
    }

    private static func failureOfInvalidBytes(in bytes: [UInt8]) -> TextFailure {
        var parser = UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while case .valid(let scalar) = parser.parseScalar(from: &iterator) { offset += scalar.count }
        let digits = offset < bytes.count ? String(bytes[offset], radix: 16, uppercase: true) : ""
        return TextFailure(
            position: position(of: offset, in: bytes),
            found: "byte 0x\(digits), which is not UTF-8",
            accepted: "UTF-8 text"
        )
    }

    private static func position(of offset: Int, in bytes: [UInt8]) -> SourcePosition {
        let before = bytes[..<min(offset, bytes.count)]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return SourcePosition(
            line: before.count(where: { $0 == UInt8(ascii: "\n") }) + 1,
            column: before[lineStart...].count(where: { $0 & 0xC0 != 0x80 }) + 1
        )
    }
}
