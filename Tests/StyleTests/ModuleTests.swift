import Testing

@Suite("Modules")
struct ModuleTests {
    static let modules = Imports.allowed.keys.sorted()

    @Test("A module imports only what the order of modules permits", arguments: modules)
    func importsFollowTheOrder(module: String) throws {
        let permitted = try #require(Imports.allowed[module]).union(Imports.open)
        let files = try SourceTree.files(below: "Sources/\(module)", extensions: ["swift"])
        #expect(!files.isEmpty)
        for file in files {
            let code = try CodeText(SourceTree.text(file)).withoutComments
            let others = Imports.modules(in: code).filter { !permitted.contains($0) }
            #expect(others.isEmpty, "\(file) imports what \(module) may not")
        }
    }

    @Test("Every Swift module has its place in the order of modules")
    func everyModuleIsListed() throws {
        let found = try SourceTree.files(below: "Sources", extensions: ["swift"])
            .compactMap { $0.split(separator: "/").dropFirst().first.map(String.init) }
        #expect(Set(found) == Set(Self.modules))
    }

    @Test(
        "An import is found in each of its forms",
        arguments: [
            "import Foundation", "@testable import Foundation", "public import Foundation",
            "  internal import Foundation",
            "@preconcurrency package import struct Foundation.Data", "@_spi(Some) import Foundation",
            "#if os(Linux)\nimport Foundation\n#endif",
        ]
    )
    func importForms(code: String) {
        #expect(Imports.modules(in: code) == ["Foundation"])
    }
}
