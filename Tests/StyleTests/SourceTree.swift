import Foundation

/// The files of this package, as the style tests read them.
enum SourceTree {
    /// The folder of Package.swift.
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The text of a file.
    ///
    /// - Parameter path: relative to the package's root.
    /// - Throws: what Foundation says of a file that is missing or not UTF-8.
    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// Paths of the files below `folder`, relative to the package's root, sorted.
    ///
    /// - Parameter extensions: those to list; all files when empty.
    static func files(below folder: String, extensions: Set<String> = []) throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(folder).path)
            .map { folder + "/" + $0 }
            .filter { isFile($0) && (extensions.isEmpty || extensions.contains(($0 as NSString).pathExtension)) }
            .sorted()
    }

    /// Whether `path`, relative to the root, names a file that is not a folder.
    static func isFile(_ path: String) -> Bool {
        var isDirectory: ObjCBool = false
        let exists = FileManager.default.fileExists(
            atPath: root.appendingPathComponent(path).path,
            isDirectory: &isDirectory
        )
        return exists && !isDirectory.boolValue
    }

    /// The scripts a person or a machine starts, and those they source.
    static func scripts() throws -> [String] {
        try [".ci/run"] + files(below: "scripts") + files(below: "Benchmarks", extensions: ["sh"])
    }
}
