/// Knows the line and column of each key and array element of a TOML text; the parser keeps only their values.
///
/// The text is read by the rules of TOML 1.0 as far as they decide where keys are; values and repeated keys are left
/// to the parser. Text that breaks those rules is refused here and must not reach the parser: toml++ 3.4 asserts
/// that a table header holds a key, so that `[=` ends a debug build and is undefined in a release build.
package struct KeyLocator: Sendable, Equatable {
    /// Why the parser must not be given the text; nil if it may.
    let failure: TextFailure?

    private let positions: [ConfigurationKey: SourcePosition]

    /// - Parameter text: UTF-8 without byte-order mark.
    package init(text: [UInt8]) {
        var scan = Scan(cursor: TextCursor(bytes: text))
        scan.run()
        positions = scan.positions
        failure =
            scan.failure
            ?? scan.cursor.escapedNUL.map { position in
                TextFailure(position: position, found: "a NUL character in a string", accepted: "text without NUL")
            }
    }

    /// Whether the text was understood to its end.
    package var isComplete: Bool { failure == nil }

    /// Where `key` stands; nil if it is not in the text.
    package func position(of key: ConfigurationKey) -> SourcePosition? {
        positions[key]
    }

    /// Where `key` stands or, where it is missing, the nearest table or array around it.
    package func nearestPosition(of key: ConfigurationKey) -> SourcePosition? {
        var candidate: ConfigurationKey? = key
        while let key = candidate {
            if let position = positions[key] { return position }
            candidate = key.parent
        }
        return nil
    }
}

extension KeyLocator {
    /// One pass over a text.
    private struct Scan {
        var cursor: TextCursor
        var positions: [ConfigurationKey: SourcePosition] = [:]
        var failure: TextFailure?

        /// How many `[[…]]` headers each array of tables has had so far.
        private var tableCounts: [ConfigurationKey: Int] = [:]

        init(cursor: TextCursor) {
            self.cursor = cursor
        }

        /// Reads statement by statement, up to the end or to the first `failure`.
        mutating func run() {
            var table: ConfigurationKey? = ConfigurationKey()
            while failure == nil {
                cursor.skipBlankLines()
                if cursor.isAtEnd { return }
                if cursor.current == UInt8(ascii: "[") {
                    scanHeader(&table)
                } else {
                    scanKeyAndValue(in: table, nesting: 0)
                }
                if failure == nil, !cursor.takeEndOfLine() { fail(expecting: "the end of the line") }
            }
        }

        /// Notes the first thing that is not TOML.
        private mutating func fail(expecting accepted: String) {
            guard failure == nil else { return }
            failure = TextFailure(
                position: cursor.position,
                reason: "not TOML",
                found: cursor.currentInWords,
                accepted: accepted
            )
        }

        /// `[a.b]` or `[[a.b]]`; leaves the key of the table it opens, or nil for one that is not remembered.
        private mutating func scanHeader(_ table: inout ConfigurationKey?) {
            let start = cursor.position
            _ = cursor.take("[")
            let isArray = cursor.take("[")
            guard let parts = scanDottedKey(), let last = parts.last else { return }
            guard cursor.take("]"), !isArray || cursor.take("]") else {
                return fail(expecting: isArray ? "\"]]\" after the table's name" : "\"]\" after the table's name")
            }

            var key = ConfigurationKey()
            for part in parts.dropLast() {
                key = key.appending(part)
                if positions[key] == nil { positions[key] = start }
                if let count = tableCounts[key] { key = key.appending(index: count - 1) }
            }
            key = key.appending(last)
            if isArray {
                if positions[key] == nil { positions[key] = start }
                let count = tableCounts[key, default: 0]
                tableCounts[key] = count + 1
                key = key.appending(index: count)
                // Tables under an element that is not remembered are not remembered either.
                if count >= ConfigurationLimits.locatedIndexLimit {
                    table = nil
                    return
                }
            }
            positions[key] = start
            table = key
        }

        /// `a.b = value`, without the end of the line.
        private mutating func scanKeyAndValue(in table: ConfigurationKey?, nesting: Int) {
            let start = cursor.position
            guard let parts = scanDottedKey() else { return }
            guard cursor.take("=") else { return fail(expecting: "\"=\" after the key") }
            var key = table
            for part in parts {
                key = key?.appending(part)
                if let key, positions[key] == nil { positions[key] = start }
            }
            cursor.skipBlanks()
            scanValue(of: key, nesting: nesting)
        }

        /// `a . "b" . 'c'` and the blanks around it; nil after a failure.
        private mutating func scanDottedKey() -> [String]? {
            let start = cursor.position
            var parts: [String] = []
            repeat {
                cursor.skipBlanks()
                guard let part = cursor.readKeyPart() else {
                    fail(expecting: "a key: letters, digits, \"-\" and \"_\", or any text in quotes")
                    return nil
                }
                parts.append(part)
                cursor.skipBlanks()
                guard parts.count <= ConfigurationLimits.keyPartLimit else {
                    failure = TextFailure(
                        position: start,
                        found: "a key of more than \(ConfigurationLimits.keyPartLimit) parts",
                        accepted: "at most \(ConfigurationLimits.keyPartLimit)"
                    )
                    return nil
                }
            } while cursor.take(".")
            return parts
        }

        /// Any value.
        ///
        /// - Parameter key: the value's key, or nil where positions inside it are not remembered.
        /// - Parameter nesting: how many arrays and inline tables are around it.
        private mutating func scanValue(of key: ConfigurationKey?, nesting: Int) {
            let start = cursor.position
            switch cursor.current {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                if cursor.readString() == nil { fail(expecting: "a quote that ends the string of line \(start.line)") }
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                guard nesting < ConfigurationLimits.nestingLimit else {
                    failure = TextFailure(
                        position: start,
                        found: "values nested more than \(ConfigurationLimits.nestingLimit) deep",
                        accepted: "at most \(ConfigurationLimits.nestingLimit)"
                    )
                    return
                }
                if cursor.take("[") {
                    scanElements(of: key, nesting: nesting + 1)
                } else if cursor.take("{") {
                    scanMembers(of: key, nesting: nesting + 1)
                }
            default:
                if !cursor.skipScalar() { fail(expecting: "a value") }
            }
        }

        /// What follows the opening bracket of an array.
        private mutating func scanElements(of key: ConfigurationKey?, nesting: Int) {
            var index = 0
            while failure == nil {
                cursor.skipBlankLines()
                if cursor.take("]") { return }
                var element: ConfigurationKey?
                if let key, index < ConfigurationLimits.locatedIndexLimit {
                    let elementKey = key.appending(index: index)
                    positions[elementKey] = cursor.position
                    element = elementKey
                }
                scanValue(of: element, nesting: nesting)
                index += 1
                cursor.skipBlankLines()
                if cursor.take(",") { continue }
                if !cursor.take("]") { fail(expecting: "\",\" or \"]\" in the list") }
                return
            }
        }

        /// What follows the opening brace of an inline table.
        private mutating func scanMembers(of key: ConfigurationKey?, nesting: Int) {
            while failure == nil {
                cursor.skipBlankLines()
                if cursor.take("}") { return }
                scanKeyAndValue(in: key, nesting: nesting)
                cursor.skipBlankLines()
                if cursor.take(",") { continue }
                if !cursor.take("}") { fail(expecting: "\",\" or \"}\" in the inline table") }
                return
            }
        }
    }
}
