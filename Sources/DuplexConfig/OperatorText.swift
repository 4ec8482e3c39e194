/// Makes text from outside fit for one line of a log or a terminal.
enum OperatorText {
    /// Longest quotation, in Unicode scalars; enough to recognise a value, and a line stays readable.
    static let quotationLimit = 120

    /// `text` in double quotes, escaped and cut to `quotationLimit`.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars.prefix(quotationLimit) {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            default: result += visible(scalar)
            }
        }
        return result + (text.unicodeScalars.count > quotationLimit ? "…\"" : "\"")
    }

    /// `text` without quotes and uncut, with everything escaped that could end the line or steer a terminal.
    static func line(_ text: String) -> String {
        text.unicodeScalars.map(visible).joined()
    }

    /// `scalar` as TOML and JSON escape it.
    static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\t": return "\\t"
        case "\n": return "\\n"
        case "\r": return "\\r"
        default:
            let digits = String(scalar.value, radix: 16, uppercase: true)
            return scalar.value <= 0xFFFF
                ? "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                : "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
        }
    }

    private static func visible(_ scalar: Unicode.Scalar) -> String {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
            escape(scalar)
        default:
            String(Character(scalar))
        }
    }
}
