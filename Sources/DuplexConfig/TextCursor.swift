/// A place in TOML text that moves forward, with its line and column, and the tokens that can be read there.
///
/// Nothing here traps, whatever the text: what is not well-formed ends a read with nil or false.
struct TextCursor {
    /// The first NUL written as an escape (`\u0000`), which the parser's C interface would take for the end.
    private(set) var escapedNUL: SourcePosition?

    private(set) var position = SourcePosition(line: 1, column: 1)
    private let bytes: [UInt8]
    private var offset = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { offset >= bytes.count }

    /// The byte here, or nil at the end.
    var current: UInt8? { peek(0) }

    /// The character here, as an operator reads it.
    var currentInWords: String {
        guard let current else { return "the end of the file" }
        if current == UInt8(ascii: "\n") || current == UInt8(ascii: "\r") { return "the end of the line" }
        // At most four bytes are one character of UTF-8; its first one decides where it ends.
        let character = String(decoding: bytes[offset...].prefix(4), as: UTF8.self).unicodeScalars.prefix(1)
        return OperatorText.quoted(String(character))
    }

    func peek(_ distance: Int) -> UInt8? {
        offset + distance < bytes.count ? bytes[offset + distance] : nil
    }

    mutating func advance(by count: Int = 1) {
        for _ in 0..<count where offset < bytes.count {
            let byte = bytes[offset]
            offset += 1
            if byte == UInt8(ascii: "\n") {
                position = SourcePosition(line: position.line + 1, column: 1)
            } else if byte & 0xC0 != 0x80 {
                // Bytes after the first of a UTF-8 sequence are no column of their own.
                position.column += 1
            }
        }
    }

    /// Moves over `character` if it is here, and says whether it was.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard current == UInt8(ascii: character) else { return false }
        advance()
        return true
    }

    /// Moves over spaces and tabs.
    mutating func skipBlanks() {
        while current == UInt8(ascii: " ") || current == UInt8(ascii: "\t") { advance() }
    }

    /// Moves over blanks, line ends and comments.
    mutating func skipBlankLines() {
        while let byte = current {
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): advance()
            case UInt8(ascii: "#"): skipComment()
            default: return
            }
        }
    }

    /// Moves over a comment, if there is one, up to the end of the line.
    mutating func skipComment() {
        guard current == UInt8(ascii: "#") else { return }
        while let byte = current, byte != UInt8(ascii: "\n") { advance() }
    }

    /// Moves over blanks, a comment and the end of the line; false if there is something else on it.
    mutating func takeEndOfLine() -> Bool {
        skipBlanks()
        skipComment()
        if current == UInt8(ascii: "\r") { advance() }
        return isAtEnd || take("\n")
    }

    /// One part of a key: bare, basic string or literal string.
    mutating func readKeyPart() -> String? {
        if current == UInt8(ascii: "\"") || current == UInt8(ascii: "'") { return readString() }
        let start = offset
        while let byte = current,
            AddressText.isLetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        {
            advance()
        }
        return offset > start ? String(decoding: bytes[start..<offset], as: UTF8.self) : nil
    }

    /// A string in any of TOML's four forms, decoded; nil if it does not end.
    mutating func readString() -> String? {
        guard let quote = current, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { return nil }
        let isMultiLine = peek(1) == quote && peek(2) == quote
        let isLiteral = quote == UInt8(ascii: "'")
        var text: [UInt8] = []
        advance(by: isMultiLine ? 3 : 1)
        while let byte = current {
            if byte == quote, !isMultiLine {
                advance()
                return String(decoding: text, as: UTF8.self)
            }
            if byte == quote, isMultiLine, peek(1) == quote, peek(2) == quote {
                advance(by: 3)
                // One or two quotes just before the three that end the string belong to it.
                for _ in 0..<2 where current == quote {
                    text.append(quote)
                    advance()
                }
                return String(decoding: text, as: UTF8.self)
            }
            if byte == UInt8(ascii: "\n"), !isMultiLine { return nil }
            if byte == UInt8(ascii: "\\"), !isLiteral {
                guard let scalar = readEscape() else { continue }
                text += Array(String(Character(scalar)).utf8)
            } else {
                text.append(byte)
                advance()
            }
        }
        return nil
    }

    /// Moves over a number, a boolean, a date or a time; false if there is nothing of that kind.
    mutating func skipScalar() -> Bool {
        let start = offset
        while let byte = current {
            switch byte {
            case UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"), UInt8(ascii: "#"), UInt8(ascii: "\n"),
                UInt8(ascii: "\r"):
                return offset > start
            default:
                advance()
            }
        }
        return offset > start
    }

    /// Moves over a backslash and what belongs to it; nil if it stands for no character, as at the end of a line.
    private mutating func readEscape() -> Unicode.Scalar? {
        let start = position
        advance()
        guard let letter = current else { return nil }
        advance()
        switch letter {
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "u"): return readHexadecimal(digits: 4, from: start)
        case UInt8(ascii: "U"): return readHexadecimal(digits: 8, from: start)
        default: return nil
        }
    }

    private mutating func readHexadecimal(digits: Int, from start: SourcePosition) -> Unicode.Scalar? {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            // At most eight digits of four bits fill 32 bits exactly.
            value = value << 4 | UInt32(digit)
            advance()
        }
        if value == 0, escapedNUL == nil { escapedNUL = start }
        return Unicode.Scalar(value)
    }
}
