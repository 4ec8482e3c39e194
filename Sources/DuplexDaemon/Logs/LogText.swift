/// Makes text fit for one line of a log: nothing in it can end the line, steer a terminal or pass for another field.
enum LogText {
    /// `text` as the value of `key=value`: in double quotes unless it is plain.
    ///
    /// - Parameter limit: longer text is cut to that many Unicode scalars and ends in `…`.
    static func value(_ text: String, limit: Int) -> String {
        let isPlain =
            !text.isEmpty && text.utf8.count <= limit
            && text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !Self.special.contains($0) }
        return isPlain ? text : quoted(text, limit: limit)
    }

    /// `text` without quotes, for messages.
    static func message(_ text: String, limit: Int) -> String { escaped(text, limit: limit, quoting: false) }

    /// `text` as a JSON string (RFC 8259 §7), quotes included.
    static func quoted(_ text: String, limit: Int) -> String {
        "\"" + escaped(text, limit: limit, quoting: true) + "\""
    }

    private static let special: Set<UInt8> = [UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "=")]

    private static func escaped(_ text: String, limit: Int, quoting: Bool) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            switch scalar {
            case "\"" where quoting, "\\" where quoting: result += "\\" + String(scalar)
            case "\t": result += "\\t"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            default: result += isVisible(scalar) ? String(scalar) : codeUnits(scalar)
            }
        }
        return text.unicodeScalars.count > limit ? result + "…" : result
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned: false
        default: true
        }
    }

    /// `\uXXXX`, twice for a scalar beyond the first plane.
    private static func codeUnits(_ scalar: Unicode.Scalar) -> String {
        String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}
