/// Spells values in TOML.
///
/// Source: TOML 1.0.0, "String" and "Array".
enum TOMLText {
    /// `value` as a basic string, with the characters escaped that one must not hold.
    static func string(_ value: String) -> String {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\u{00}"..."\u{1F}", "\u{7F}": text += OperatorText.escape(scalar)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text + "\""
    }

    /// `values` as an array of basic strings on one line.
    static func array(_ values: [String]) -> String {
        "[" + values.map(string).joined(separator: ", ") + "]"
    }

    /// `duration` as a string with the largest unit that divides it.
    static func duration(_ duration: Duration) -> String {
        string(DurationText.format(duration))
    }
}
