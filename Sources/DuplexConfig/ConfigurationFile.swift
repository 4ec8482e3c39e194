import Glibc

/// Access to the configuration file and to the files it names.
enum ConfigurationFile {
    /// What `path` holds.
    ///
    /// Only regular files are read: opening a FIFO would wait for somebody to write to it.
    ///
    /// - Limits: `ConfigurationLimits.fileByteLimit`.
    static func read(path: String) -> Result<[UInt8], TextFailure> {
        let descriptor = openForReading(path)
        guard descriptor >= 0 else { return .failure(failure(errno)) }
        defer { close(descriptor) }

        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .failure(failure(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            return .failure(TextFailure(found: kind(of: status.st_mode), accepted: "a regular file"))
        }
        return readToEnd(descriptor)
    }

    /// Why `path` cannot be read, in words that follow its name, or nil if it can.
    static func obstacle(toReading path: String) -> String? {
        let descriptor = openForReading(path)
        guard descriptor >= 0 else { return words(for: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return words(for: errno) }
        return status.st_mode & S_IFMT == S_IFREG ? nil : "which is \(kind(of: status.st_mode))"
    }

    /// The permission bits of `path`, or nil if they cannot be seen.
    static func permissions(of path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
    }

    /// The folder of `path`, absolute and without a slash at its end; empty for the root folder.
    static func absoluteFolder(of path: String) -> String {
        var folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        if !path.hasPrefix("/") {
            guard let working = getcwd(nil, 0) else { return folder }
            defer { free(working) }
            let workingFolder = String(cString: working)
            folder = folder == "." ? workingFolder : workingFolder + "/" + folder
        }
        while folder.hasSuffix("/") { folder.removeLast() }
        return folder
    }

    /// The category and the words for an `errno` of opening or reading the configuration file.
    static func failure(_ code: Int32) -> TextFailure {
        switch code {
        case ENOENT, ENOTDIR:
            TextFailure(category: .fileMissing, reason: "no such file", accepted: "a configuration file")
        case EACCES, EPERM:
            TextFailure(
                category: .permissionDenied,
                reason: "user id \(geteuid()) may not read it",
                accepted: "a configuration file that this user may read"
            )
        default:
            TextFailure(reason: "cannot be read (\(String(cString: strerror(code))))", accepted: "a readable file")
        }
    }

    /// The words for an `errno` of opening a file that the configuration names.
    static func words(for code: Int32) -> String {
        switch code {
        case ENOENT, ENOTDIR: "which does not exist"
        case EACCES, EPERM: "which user id \(geteuid()) may not read"
        default: "which cannot be opened (\(String(cString: strerror(code))))"
        }
    }

    private static func readToEnd(_ descriptor: Int32) -> Result<[UInt8], TextFailure> {
        let limit = ConfigurationLimits.fileByteLimit
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            let code = errno
            if count < 0 {
                if code == EINTR { continue }
                return .failure(failure(code))
            }
            if count == 0 { return .success(bytes) }
            bytes += chunk[..<count]
            if bytes.count > limit { return .failure(TextFailure.tooLarge) }
        }
    }

    /// Without O_NONBLOCK, opening a FIFO would wait.
    private static func openForReading(_ path: String) -> Int32 {
        while true {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
            if descriptor >= 0 || errno != EINTR { return descriptor }
        }
    }

    private static func kind(of mode: mode_t) -> String {
        switch mode & S_IFMT {
        case S_IFDIR: "a folder"
        case S_IFIFO: "a FIFO"
        case S_IFSOCK: "a socket"
        default: "a device"
        }
    }
}

extension TextFailure {
    /// A file over `ConfigurationLimits.fileByteLimit`.
    static let tooLarge = TextFailure(
        found: "more than \(ConfigurationLimits.fileByteLimit) bytes",
        accepted: "at most \(ConfigurationLimits.fileByteLimit) bytes (1 MiB)"
    )
}
