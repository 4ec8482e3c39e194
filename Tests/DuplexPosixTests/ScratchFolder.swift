import Glibc

/// A folder that is removed, with the files in it, when the test lets go of it.
final class ScratchFolder {
    private let folder: String
    private var names: Set<String> = []

    init() {
        var template = Array("/tmp/duplexd-posix-XXXXXX".utf8CString)
        let made = mkdtemp(&template) != nil
        precondition(made, "mkdtemp: errno \(errno)")
        folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        for name in names { unlink(folder + "/" + name) }
        rmdir(folder)
    }

    func path(_ name: String) -> String {
        names.insert(name)
        return folder + "/" + name
    }
}
