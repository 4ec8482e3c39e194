import DuplexConfig
import Testing

@Suite("The position of a key")
struct KeyLocatorTests {
    @Test("Is found in whatever way TOML lets the key be written", arguments: spellings)
    func position(_ spelling: Spelling) {
        let locator = KeyLocator(text: Array(spelling.text.utf8))
        #expect(locator.isComplete)
        let position = locator.position(of: spelling.key)
        #expect(position == SourcePosition(line: spelling.line, column: spelling.column))
        // The parser takes the text too: whatever is wrong with it is wrong with a key.
        #expect(parse(spelling.text).problems.allSatisfy { $0.key != nil })
    }

    @Test("Of a key that is missing is that of the nearest table around it")
    func nearest() {
        let locator = KeyLocator(text: Array("[[proxy]]\n[[proxy]]\n[proxy.tls]\n".utf8))
        #expect(locator.position(of: .proxy(0, "tls", "policy")) == nil)
        #expect(locator.nearestPosition(of: .proxy(0, "tls", "policy"))?.line == 1)
        #expect(locator.nearestPosition(of: .proxy(1, "tls", "policy"))?.line == 3)
        #expect(locator.nearestPosition(of: .daemon("admin")) == nil)
    }

    @Test("Text that is not TOML ends the search without harm", arguments: malformed)
    func malformedText(_ text: String) {
        #expect(!KeyLocator(text: Array(text.utf8)).isComplete)
    }
}

struct Spelling: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    let key: ConfigurationKey
    let line: Int
    let column: Int

    init(_ title: String, _ text: String, _ elements: ConfigurationKey.Element..., line: Int, column: Int = 1) {
        self.testDescription = title
        self.text = text
        self.key = ConfigurationKey(elements)
        self.line = line
        self.column = column
    }
}

private let spellings: [Spelling] = [
    Spelling("top level", "a = 1\nb = 2", .name("b"), line: 2),
    Spelling("indented by a tab", "\n\tb = 2", .name("b"), line: 2, column: 2),
    Spelling("table", "[t]\n\n  a = 1", .name("t"), .name("a"), line: 3, column: 3),
    Spelling("header", "\n [ t . u ] # c\na = 1", .name("t"), .name("u"), line: 2, column: 2),
    Spelling("parent of a header", "\n[t.u]", .name("t"), line: 2),
    Spelling("parent with a header of its own later", "[t.u]\n[t]", .name("t"), line: 2),
    Spelling("second table of an array", "[[p]]\na=1\n[[p]]\na=1", .name("p"), .index(1), .name("a"), line: 4),
    Spelling(
        "table in an array",
        "[[p]]\n[p.t]\na=1\n[[p]]\n[p.t]\na=1",
        .name("p"),
        .index(1),
        .name("t"),
        .name("a"),
        line: 6
    ),
    Spelling(
        "array in an array",
        "[[p]]\n[[p.q]]\n[[p.q]]\n[[p]]\n[[p.q]]\nx=1",
        .name("p"),
        .index(1),
        .name("q"),
        .index(0),
        .name("x"),
        line: 6
    ),
    Spelling("dotted", "[t]\nx=0\na . b.c = 1", .name("t"), .name("a"), .name("b"), .name("c"), line: 3),
    Spelling("quoted", "x=0\n\"a.b\" = 1", .name("a.b"), line: 2),
    Spelling("quoted with escapes", "x=0\n\"\\u0061\\U00000062\\t\" = 1", .name("ab\t"), line: 2),
    Spelling("literal", "x=0\n'a\\b' = 1", .name("a\\b"), line: 2),
    Spelling("dotted and quoted header", "x=0\n[a.'b c'.\"d\"]", .name("a"), .name("b c"), .name("d"), line: 2),
    Spelling("inline table", "t = { a = 1, b.c = 2 }", .name("t"), .name("b"), .name("c"), line: 1, column: 14),
    Spelling("after an inline table", "t = { a = '}' }\nb = 1", .name("b"), line: 2),
    Spelling("array element", "a = [ 1,\n  2, # ]\n  3 ]", .name("a"), .index(2), line: 3, column: 3),
    Spelling(
        "inline table in an array",
        "a = [\n {x=1},\n {x=2},\n]",
        .name("a"),
        .index(1),
        .name("x"),
        line: 3,
        column: 3
    ),
    Spelling("after an array of arrays", "a = [[1], ['[']]\nb = 1", .name("b"), line: 2),
    Spelling("after an array over lines", "a = [\n\"]\",\n# ]\n]\nb = 1", .name("b"), line: 5),
    Spelling("after a string with a hash", "a = \"# \\\" = \"\nb = 1", .name("b"), line: 2),
    Spelling("after a multi-line string", "a = \"\"\"\nb = 2\n\\\"\"\" \\\n\"\"\"\nb = 1", .name("b"), line: 5),
    Spelling("after quotes before closing quotes", "a = \"\"\"x\"\"\"\"\"\nb = 1", .name("b"), line: 2),
    Spelling("after a multi-line literal", "a = '''\nb = 2\n\\'''\nb = 1", .name("b"), line: 4),
    Spelling("after an empty string", "a = \"\"\nb = ''\nc = 1", .name("c"), line: 3),
    Spelling("after dates and numbers", "a = 1979-05-27 07:32:00Z\nb = -1.5e+3\nc = inf", .name("c"), line: 3),
    Spelling("with CRLF", "[t]\r\n# c\r\na = 1\r\n", .name("t"), .name("a"), line: 3),
    Spelling("after wide characters", "t = { 'é😀' = 1, a = 1 }", .name("t"), .name("a"), line: 1, column: 17),
]

private let malformed: [String] = [
    "a", "a =", "a = ", "= 1", "a = \"", "a = '", "a = \"\"\"x", "a = [", "a = [1", "a = {", "a = {b", "a = {b=1",
    "[", "[a", "[[a]", "[]", "[a]]", "a = 'x' y", "a..b = 1", "a = \"\\", "a = \"\\u12", "é = 1",
]
