internal import Foundation

/// A folder that is removed with the object.
public final class TemporaryFolder: Sendable {
    private let url: URL

    public init() {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("duplexd-test-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    public func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    public func read(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: path(name)).map { Array($0) } }

    public func write(_ name: String, _ content: [UInt8]) {
        _ = FileManager.default.createFile(atPath: path(name), contents: Data(content))
    }
}
