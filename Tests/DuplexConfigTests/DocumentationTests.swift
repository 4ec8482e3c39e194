import DuplexConfig
import Testing

@Suite("The sample and the reference")
struct DocumentationTests {
    /// A line `log_level = "info"`, commented out or not; nil for any other.
    private static func setting(in line: Substring) -> (key: String, value: String)? {
        let text = line.hasPrefix("# ") ? line.dropFirst(2) : line
        guard let equals = text.firstRange(of: " = ") else { return nil }
        let key = text[..<equals.lowerBound]
        guard key.allSatisfy({ $0.isLowercase || $0 == "_" }) else { return nil }
        return (String(key), String(text[equals.upperBound...]))
    }

    /// The sample's values, commented out or not, by table and key.
    private static func sampleValues() throws -> [String: [String: String]] {
        var table = ""
        var values: [String: [String: String]] = [:]
        for line in try RepositoryFile.read("config/duplexd.toml").split(separator: "\n") {
            if line.hasPrefix("[") {
                table = String(line)
            } else if let (key, value) = setting(in: line) {
                values[table, default: [:]][key] = value
            }
        }
        return values
    }

    private static let tables = ConfigurationSchema.allCases.filter { $0 != .root }

    private static func scalarKeys(of table: ConfigurationSchema) -> [String] {
        let tables: Set = ["tls", "timeouts", "close"]
        return table.keys.filter { !tables.contains($0) }
    }

    @Test("The sample is right but for certificates that are not there yet")
    func sample() {
        let outcome = Configuration.load(path: RepositoryFile.path("config/duplexd.toml"))
        let keys = Set(outcome.problems.compactMap(\.key?.description))
        #expect(keys.isSubset(of: ["proxy[0].tls.certificate", "proxy[0].tls.private_key"]))
        #expect(outcome.problems.allSatisfy { $0.message.contains("which does not exist") })
    }

    @Test("The sample has every key of the schema and no other", arguments: tables)
    func sampleKeys(_ table: ConfigurationSchema) throws {
        let values = try Self.sampleValues()
        #expect(Set(values[table.header, default: [:]].keys) == Set(Self.scalarKeys(of: table)))
    }

    @Test("What the sample has commented out are the defaults")
    func sampleDefaults() throws {
        let sample = try RepositoryFile.read("config/duplexd.toml")
        let uncommented = sample.split(separator: "\n").map { line in
            Self.setting(in: line).map { "\($0.key) = \($0.value)" } ?? String(line)
        }
        #expect(uncommented.joined(separator: "\n") != sample)
        let outcome = parse(uncommented.joined(separator: "\n"))
        #expect(outcome.lines == [])
        #expect(outcome.configuration == parse(sample).configuration)
    }

    @Test("The reference has a row with the default for every key", arguments: tables)
    func reference(_ table: ConfigurationSchema) throws {
        let reference = try RepositoryFile.read("docs/configuration.md")
        let values = try Self.sampleValues()
        let heading = try #require(reference.firstRange(of: "\n## `\(table.header)`"))
        let rest = reference[heading.upperBound...]
        let section = rest.firstRange(of: "\n## ").map { rest[..<$0.lowerBound] } ?? rest
        let required: Set = ["listen", "backend", "certificate", "private_key"]
        for key in Self.scalarKeys(of: table) {
            let row = section.split(separator: "\n").first { $0.hasPrefix("| `\(key)` |") }
            let cells = try #require(row, "\(key)").split(separator: "|").map { $0.trimmed }
            let value = required.contains(key) ? "required" : "`\(values[table.header]?[key] ?? "")`"
            #expect(cells.count == 5, "\(key)")
            #expect(cells[2] == value, "\(key)")
        }
    }

    @Test("Each error line that the reference shows is what its file gives")
    func referenceErrors() throws {
        let reference = try RepositoryFile.read("docs/configuration.md")
        let start = try #require(reference.firstRange(of: "\n## Errors"))
        let blocks = reference[start.upperBound...].split(separator: "```")
        let file = try #require(blocks.dropFirst().first).drop { $0 != "\n" }.dropFirst()
        let output = try #require(blocks.dropFirst(3).first).drop { $0 != "\n" }.dropFirst()
        let outcome = Configuration.parse(bytes: Array(file.utf8), file: "duplexd.toml", folder: "/etc/duplexd")
        #expect(outcome.lines == output.split(separator: "\n").map(String.init))
    }

    @Test("Each example of the reference is a configuration")
    func referenceExamples() throws {
        let reference = try RepositoryFile.read("docs/configuration.md")
        let start = try #require(reference.firstRange(of: "\n## Examples"))
        let rest = reference[start.upperBound...]
        let section = rest.firstRange(of: "\n## ").map { rest[..<$0.lowerBound] } ?? rest
        let examples = section.split(separator: "```").filter { $0.hasPrefix("toml\n") }.map { $0.dropFirst(5) }
        #expect(examples.count == 4)
        for example in examples {
            #expect(parse(String(example)).lines == [], "\(example)")
        }
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
