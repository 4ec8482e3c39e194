/// Swift or C text without its comments, so that a rule about code is not met, or broken, by prose.
struct CodeText {
    /// The text with each comment replaced by one space; line ends inside comments stay.
    let withoutComments: String

    init(_ source: String) {
        var kept: [Character] = []
        var rest = source[...]
        while let character = rest.first {
            if rest.hasPrefix("//") {
                rest = rest.drop { !$0.isNewline }
                kept.append(" ")
            } else if rest.hasPrefix("/*") {
                kept.append(" ")
                kept += Self.skipBlockComment(&rest)
            } else if character == "\"" {
                kept += Self.takeString(&rest)
            } else {
                kept.append(character)
                rest.removeFirst()
            }
        }
        withoutComments = String(kept)
    }

    /// Removes a block comment, nested ones included, and returns its line ends.
    private static func skipBlockComment(_ rest: inout Substring) -> [Character] {
        var depth = 0
        var lineEnds: [Character] = []
        repeat {
            if rest.hasPrefix("/*") {
                depth += 1
                rest.removeFirst(2)
            } else if rest.hasPrefix("*/") {
                depth -= 1
                rest.removeFirst(2)
            } else if rest.removeFirst().isNewline {
                lineEnds.append("\n")
            }
        } while depth > 0 && !rest.isEmpty
        return lineEnds
    }

    /// Takes a string literal whole: two slashes inside one start no comment.
    private static func takeString(_ rest: inout Substring) -> [Character] {
        let quote = rest.hasPrefix("\"\"\"") ? "\"\"\"" : "\""
        var taken = Array(rest.prefix(quote.count))
        rest.removeFirst(quote.count)
        while let character = rest.first {
            if rest.hasPrefix(quote) {
                taken += Array(quote)
                rest.removeFirst(quote.count)
                return taken
            }
            if character.isNewline && quote.count == 1 { return taken }
            let length = character == "\\" ? 2 : 1
            taken += Array(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return taken
    }
}
