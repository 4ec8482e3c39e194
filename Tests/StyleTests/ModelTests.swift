import Testing

/// docs/model.md says which Swift function each part of the Spin model stands for; the model is worth nothing when the
/// code has moved on without it.
@Suite("The model of the threads")
struct ModelTests {
    private static let paper = "docs/model.md"
    private static let model = "Tests/Model/session.pml"

    struct Row: Sendable, CustomTestStringConvertible {
        var part: String
        var type: String?
        var function: String
        var file: String
        var testDescription: String { "\(part): \(function)" }
    }

    /// The rows whose three cells are a name in the model, a function and a file of Sources.
    static func rows(of text: String) -> [Row] {
        text.matches(of: /(?m)^\| `(\w+)` \| `(?:(\w+)\.)?(\w+)` \| `(Sources\/[^`]+)` \|$/).map {
            Row(
                part: String($0.output.1),
                type: $0.output.2.map(String.init),
                function: String($0.output.3),
                file: String($0.output.4)
            )
        }
    }

    /// Whether `code` has the function that `row` names: in Swift by its declaration, in C by its definition.
    static func defines(_ row: Row, in code: String) -> Bool {
        guard let type = row.type else { return code.contains("\(row.function)(") }
        let declaresType = code.matches(of: /\b(?:class|struct|enum|extension) (\w+)/).contains { $0.output.1 == type }
        let declaresFunction = code.matches(of: /\bfunc (\w+)/).contains { $0.output.1 == row.function }
        return declaresType && declaresFunction
    }

    static func parts(of model: String) -> Set<String> {
        Set(model.matches(of: /(?m)^(?:inline|active proctype) (\w+)/).map { String($0.output.1) })
    }

    @Test("Each Swift function that the table names is still there")
    func functionsExist() throws {
        let rows = try Self.rows(of: SourceTree.text(Self.paper))
        #expect(rows.count >= 40, "the table is not read")
        for row in rows {
            try #require(SourceTree.isFile(row.file), "\(row.file) is gone")
            let code = try CodeText(SourceTree.text(row.file)).withoutComments
            #expect(Self.defines(row, in: code), "\(row.file) has no \(row.function)")
        }
    }

    @Test("Each part of the model is in the table, unless it is the world or the bookkeeping, and no other")
    func tableIsComplete() throws {
        let listed = Set(try Self.rows(of: SourceTree.text(Self.paper)).map(\.part))
        let world: Set = [
            "ClientReads", "ClientSends", "BackendSends", "Timekeeper", "Quiet", "check", "outcomeAndUnlock",
        ]
        #expect(try Self.parts(of: SourceTree.text(Self.model)) == listed.union(world))
    }

    @Test("Each wrong variant of the model is checked, and described")
    func variantsAreChecked() throws {
        let flags = try SourceTree.text(Self.model).matches(of: /(?m)^#ifn?def (\w+)/).map { String($0.output.1) }
        let variants = Set(flags).subtracting(["FINE", "CALM", "ASKS", "WRITES", "ROOM"])
        let checked = try SourceTree.text("scripts/check-model").matches(of: /(?m)^    "([A-Z_]+)\|/)
        #expect(Set(checked.map { String($0.output.1) }) == variants)
        let paper = try SourceTree.text(Self.paper)
        for variant in variants { #expect(paper.contains("`\(variant)`"), "\(variant) is not described") }
    }

    @Test(
        "A function counts where it is declared",
        arguments: [
            ("final class Lock { func lock() {} }", true), ("extension Lock { func lock<T>(_ t: T) {} }", true),
            ("final class Lock { func lockAll() {} }", false), ("final class Lock { func unlock() { lock() } }", false),
            ("final class Locks { func lock() {} }", false),
        ]
    )
    func declarations(code: String, isFound: Bool) throws {
        let row = try #require(Self.rows(of: "| `lock` | `Lock.lock` | `Sources/L.swift` |").first)
        #expect(Self.defines(row, in: code) == isFound)
    }
}
