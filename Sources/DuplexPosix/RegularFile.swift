internal import DuplexLock
internal import Glibc

/// Files that hold a bounded number of bytes.
public enum RegularFile {
    /// All of a file.
    ///
    /// - Parameter limit: the most bytes.
    /// - Throws: ``SystemCallError`` with the path; EFBIG when it holds more, EINVAL when it is not a regular file.
    /// - Thread: any; blocks on the file system.
    public static func read(_ path: String, limit: Int) throws(SystemCallError) -> [UInt8] {
        HeldLocks.assertNone(before: "open")
        // Without O_NONBLOCK, opening a FIFO would wait for somebody to write to it.
        let number = retrying { Int(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) }
        guard number >= 0 else { throw SystemCallError("open", path, code: Int32(-number)) }
        let descriptor = Int32(number)
        defer { close(descriptor) }

        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw SystemCallError("fstat", path, code: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw SystemCallError("read", path, code: EINVAL) }

        var content: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = retrying { Glibc.read(descriptor, &chunk, chunk.count) }
            guard count >= 0 else { throw SystemCallError("read", path, code: Int32(-count)) }
            if count == 0 { return content }
            content += chunk[..<count]
            if content.count > limit { throw SystemCallError("read", path, code: EFBIG) }
        }
    }
}
