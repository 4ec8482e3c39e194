import Testing

@Suite("Assertions on the lock")
struct LockAssertionTests {
    @Test("Each blocking call that may not happen under a lock has a test that makes it there")
    func blockingCalls() throws {
        let sources = try SourceTree.files(below: "Sources", extensions: ["swift"])
            .map { try CodeText(SourceTree.text($0)).withoutComments }
        let names = sources.flatMap { $0.matches(of: /assertNone\(before: "([^"]+)"/).map { String($0.output.1) } }
        #expect(names.contains("recv"))
        let tests = try SourceTree.text("Tests/DuplexLockTests/BrokenRuleTests.swift")
        for name in Set(names) {
            let asserted = names.count { $0 == name }
            let tested = tests.matches(of: try Regex("\"\(name.replacing(".", with: "\\.")) may block\"")).count
            #expect(tested == asserted, "\(name): \(asserted) assertions, \(tested) tests")
        }
    }
}
