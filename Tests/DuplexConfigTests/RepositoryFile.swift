import Glibc
import Testing

/// Files of the repository that are tested as they are.
enum RepositoryFile {
    static func path(_ name: String) -> String {
        // This file is Tests/DuplexConfigTests/RepositoryFile.swift.
        #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/" + name
    }

    static func read(_ name: String) throws -> String {
        let file = try #require(fopen(path(name), "r"), "\(name)")
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = getc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
