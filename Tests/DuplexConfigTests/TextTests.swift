import DuplexConfig
import Testing

@Suite("Text that is not a configuration at all")
struct TextTests {
    @Test("Is refused with its place", arguments: unusable + malformed)
    func refused(_ text: Unusable) {
        let outcome = parse(bytes: text.bytes)
        #expect(outcome.lines == [text.line])
        #expect(outcome.configuration == nil)
        #expect(outcome.failure == .invalid)
    }

    @Test("A syntax error has the parser's own line and column")
    func syntaxError() throws {
        let problem = try #require(parse("[daemon]\nlog_level = info\n").problems.first)
        #expect(problem.line == 2)
        #expect(problem.column == 16)
        #expect(problem.key == nil)
        #expect(
            problem.description == "duplexd.toml:2:16: not TOML: Error while parsing floating-point: "
                + "expected value-terminator, saw 'o'; accepted: TOML 1.0, where text stands in quotes"
        )
    }

    @Test("A key given twice has the line of the second")
    func keyTwice() throws {
        let outcome = ConfigurationText(timeouts: "idle = '1s'\nidle = '2s'").outcome
        #expect(outcome.problems.map(\.line) == [14])
    }

    @Test("A file of exactly 1 MiB is read")
    func largestFile() {
        let text = ConfigurationText().text + "\n#"
        let padding = String(repeating: "x", count: (1 << 20) - text.utf8.count)
        #expect(parse(text + padding).lines == [])
    }

    @Test("A file of many keys, elements or tables is bounded in time and in what it reports", arguments: crowded)
    func crowdedFile(_ crowd: Crowd) {
        let outcome = parse(crowd.text)
        #expect(!outcome.problems.isEmpty)
        #expect(outcome.problems.count <= 501)
        #expect(outcome.lines.allSatisfy { $0.utf8.count < 1_000 })
    }
}

struct Unusable: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let line: String

    init(_ title: String, _ bytes: [UInt8], _ line: String) {
        self.testDescription = title
        self.bytes = bytes
        self.line = line
    }

    init(_ title: String, _ text: String, _ line: String) {
        self.init(title, Array(text.utf8), line)
    }
}

private let unusable: [Unusable] = [
    Unusable(
        "not UTF-8",
        Array("# é\na = \"é".utf8) + [0xFF] + Array("\"\n".utf8),
        "duplexd.toml:2:7: found byte 0xFF, which is not UTF-8; accepted: UTF-8 text"
    ),
    Unusable(
        "Latin-1",
        Array("a = \"caf".utf8) + [0xE9] + Array("\"\n".utf8),
        "duplexd.toml:1:9: found byte 0xE9, which is not UTF-8; accepted: UTF-8 text"
    ),
    Unusable("UTF-16", [0xFF, 0xFE, 0x61, 0x00], "duplexd.toml:1:1: found UTF-16 text; accepted: UTF-8 text"),
    Unusable(
        "NUL byte",
        "a = 1\nb = \0 2\n",
        "duplexd.toml:2:5: found a NUL byte; accepted: UTF-8 text without NUL"
    ),
    Unusable(
        "NUL escape in a value",
        "a = 1\nb = \"x\\u0000y\"\n",
        "duplexd.toml:2:7: found a NUL character in a string; accepted: text without NUL"
    ),
    Unusable(
        "NUL escape in a key",
        "\"a\\U00000000\" = 1\n",
        "duplexd.toml:1:3: found a NUL character in a string; accepted: text without NUL"
    ),
    Unusable(
        "over 1 MiB",
        [UInt8](repeating: UInt8(ascii: "#"), count: (1 << 20) + 1),
        "duplexd.toml: found more than 1048576 bytes; accepted: at most 1048576 bytes (1 MiB)"
    ),
    Unusable(
        "a key of half a million parts",
        "\n" + String(repeating: "a.", count: 500_000) + "a = 1",
        "duplexd.toml:2:1: found a key of more than 16 parts; accepted: at most 16"
    ),
    Unusable(
        "a header of half a million parts",
        "[" + String(repeating: "a.", count: 500_000) + "a]",
        "duplexd.toml:1:2: found a key of more than 16 parts; accepted: at most 16"
    ),
    Unusable(
        "a million brackets",
        "a = " + String(repeating: "[", count: 1_000_000),
        "duplexd.toml:1:21: found values nested more than 16 deep; accepted: at most 16"
    ),
    Unusable(
        "inline tables without end",
        "a = " + String(repeating: "{a=", count: 300_000),
        "duplexd.toml:1:53: found values nested more than 16 deep; accepted: at most 16"
    ),
]

private let malformed: [Unusable] = [
    Unusable(
        "no equals sign",
        "[daemon]\nlog_level \"info\"",
        #"duplexd.toml:2:11: not TOML; found "\""; accepted: "=" after the key"#
    ),
    Unusable("no value", "a = # b\n", ##"duplexd.toml:1:5: not TOML; found "#"; accepted: a value"##),
    Unusable("no value at the end", "a =", "duplexd.toml:1:4: not TOML; found the end of the file; accepted: a value"),
    Unusable(
        "no name in a header",
        "[=]\n",
        #"duplexd.toml:1:2: not TOML; found "="; accepted: a key: letters, digits, "-" and "_", or any text in quotes"#
    ),
    Unusable(
        "bare key that is not ASCII",
        "\n[é]\n",
        #"duplexd.toml:2:2: not TOML; found "é"; accepted: a key: letters, digits, "-" and "_", or any text in quotes"#
    ),
    Unusable(
        "header of an array of tables",
        "[[proxy]\n",
        #"duplexd.toml:1:9: not TOML; found the end of the line; accepted: "]]" after the table's name"#
    ),
    Unusable(
        "header without end",
        "[proxy\r\n",
        #"duplexd.toml:1:7: not TOML; found the end of the line; accepted: "]" after the table's name"#
    ),
    Unusable(
        "string without end",
        "a = \"b\n",
        "duplexd.toml:1:7: not TOML; found the end of the line; accepted: a quote that ends the string of line 1"
    ),
    Unusable(
        "multi-line string without end",
        "a = \"\"\"b\n\n",
        "duplexd.toml:3:1: not TOML; found the end of the file; accepted: a quote that ends the string of line 1"
    ),
    Unusable(
        "list without end",
        "a = [\n1\nb = 2",
        #"duplexd.toml:3:1: not TOML; found "b"; accepted: "," or "]" in the list"#
    ),
    Unusable(
        "inline table without end",
        "a = { b = 1",
        #"duplexd.toml:1:12: not TOML; found the end of the file; accepted: "," or "}" in the inline table"#
    ),
    Unusable(
        "two settings in a line",
        "a = 'x' b = 2",
        #"duplexd.toml:1:9: not TOML; found "b"; accepted: the end of the line"#
    ),
]

private let crowded: [Crowd] = [
    Crowd(testDescription: "keys", text: (0..<50_000).map { "key\($0) = 1" }.joined(separator: "\n")),
    Crowd(testDescription: "inline proxies", text: "proxy = [" + String(repeating: "{},", count: 1_000) + "]"),
    Crowd(testDescription: "elements", text: "[[proxy]]\nlisten = [" + String(repeating: "1,", count: 100_000) + "]"),
    Crowd(testDescription: "proxies", text: String(repeating: "[[proxy]]\n", count: 1_000)),
    Crowd(testDescription: "a long key", text: "[daemon]\n" + String(repeating: "x", count: 500_000) + " = 1"),
    Crowd(
        testDescription: "a long value",
        text: "[daemon]\nlog_level = \"" + String(repeating: "x", count: 500_000) + "\""
    ),
    Crowd(
        testDescription: "nested tables",
        text: (0..<4_000).map { "[a\($0)" + String(repeating: ".a", count: 15) + "]" }.joined(separator: "\n")
    ),
]

/// A text with very much of something; printed by its title alone.
struct Crowd: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
}
