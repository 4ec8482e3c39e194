import Testing

@Suite("Files")
struct FileSizeTests {
    /// Above this a file no longer tells one thing.
    static let lineLimit = 400
    static let folders = ["Sources", "Tests", "Benchmarks/Sources"]

    @Test("No Swift file is longer than 400 lines")
    func swiftFilesAreShort() throws {
        let files = try Self.folders.flatMap { try SourceTree.files(below: $0, extensions: ["swift"]) }
        #expect(files.count > 50)
        for file in files {
            let lines = try SourceTree.text(file).split(separator: "\n", omittingEmptySubsequences: false).count - 1
            #expect(lines <= Self.lineLimit, "\(file) has \(lines) lines")
        }
    }
}
