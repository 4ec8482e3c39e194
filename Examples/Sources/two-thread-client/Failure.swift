import Glibc

/// Why the program gives up: one sentence for a person.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// - Parameter code: the error number that the system call left.
    init(_ description: String, code: Int32) {
        self.description = description + ": " + Self.text(code)
    }

    static func text(_ code: Int32) -> String { String(cString: strerror(code)) }
}
