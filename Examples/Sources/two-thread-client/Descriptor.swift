import Glibc

/// A file descriptor that someone else owns: standard input or output.
struct Descriptor {
    let number: Int32

    static let standardInput = Descriptor(number: STDIN_FILENO)
    static let standardOutput = Descriptor(number: STDOUT_FILENO)
    static let standardError = Descriptor(number: STDERR_FILENO)

    /// Reads some bytes; waits for them.
    ///
    /// - Returns: how many, 0 at the end of input, or the error number, negative.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        repeated(awaiting: POLLIN) { Glibc.read(number, buffer.baseAddress, buffer.count) }
    }

    /// Writes all of `bytes`, in as many parts as it takes.
    ///
    /// - Returns: 0, or the error number, negative.
    func writeAll(_ bytes: UnsafeRawBufferPointer) -> Int {
        var rest = bytes
        while !rest.isEmpty {
            let count = repeated(awaiting: POLLOUT) { Glibc.write(number, rest.baseAddress, rest.count) }
            if count < 0 { return count }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
        return 0
    }

    /// Everything in a file.
    static func content(of path: String) throws(Failure) -> [UInt8] {
        let file = uninterrupted { Int(open(path, O_RDONLY | O_CLOEXEC)) }
        guard file >= 0 else { throw Failure(path, code: Int32(-file)) }
        defer { close(Int32(file)) }
        var content: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = part.withUnsafeMutableBytes { Descriptor(number: Int32(file)).read(into: $0) }
            guard count >= 0 else { throw Failure(path, code: Int32(-count)) }
            if count == 0 { return content }
            content += part[..<count]
        }
    }

    /// Standard input may have been set non-blocking by whoever shares it; then the wait is poll's.
    private func repeated(awaiting event: Int32, _ call: () -> Int) -> Int {
        while true {
            let result = uninterrupted(call)
            guard result == -Int(EAGAIN) else { return result }
            var entry = pollfd(fd: number, events: Int16(event), revents: 0)
            _ = uninterrupted { Int(poll(&entry, 1, -1)) }
        }
    }
}

/// Repeats a system call that a signal interrupted.
///
/// - Returns: what the call returned, or the error number that it left, negative.
func uninterrupted(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 { return result }
        let code = errno
        if code != EINTR { return -Int(code) }
    }
}
