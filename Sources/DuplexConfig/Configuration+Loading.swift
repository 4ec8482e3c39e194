extension Configuration {
    /// Reads, parses and checks a configuration file, and looks whether the files it names can be read.
    ///
    /// Certificates and keys are opened to see that they are there and readable by this process, but their contents
    /// are not looked at: `ConfigurationOutcome.credentialFiles` names the pairs to check further.
    ///
    /// - Parameter path: the file; a relative path is taken from the working directory.
    /// - Parameter checkingFiles: whether the files named by `certificate` and `private_key` are looked at.
    /// - Returns: the configuration, or every problem found; never both an error and a configuration.
    /// - Limits: a regular file of at most 1 MiB (`ConfigurationLimits.fileByteLimit`).
    /// - Thread: any; blocks on the file system.
    public static func load(path: String, checkingFiles: Bool = true) -> ConfigurationOutcome {
        switch ConfigurationFile.read(path: path) {
        case .failure(let failure):
            return ConfigurationOutcome(file: path, failure: failure)
        case .success(let bytes):
            return parse(
                bytes: bytes,
                file: path,
                folder: ConfigurationFile.absoluteFolder(of: path),
                checkingFiles: checkingFiles
            )
        }
    }

    /// Parses and checks the text of a configuration file.
    ///
    /// - Parameter bytes: what the file holds, in whatever state it is; nothing in it can trap.
    /// - Parameter file: the name that problems carry.
    /// - Parameter folder: the folder from which relative paths in the text are taken, absolute and without a slash
    ///   at its end.
    /// - Parameter checkingFiles: whether the files named by `certificate` and `private_key` are looked at.
    /// - Returns: the configuration, or every problem found. Text that is not TOML gives the parser's first error
    ///   alone, as nothing after it can be understood.
    /// - Thread: any.
    public static func parse(
        bytes: [UInt8],
        file: String,
        folder: String,
        checkingFiles: Bool = false
    ) -> ConfigurationOutcome {
        switch TOMLDocument.parse(bytes: bytes) {
        case .failure(let failure):
            return ConfigurationOutcome(file: file, failure: failure)
        case .success(let document):
            var reader = ConfigurationReader(
                file: file,
                folder: folder,
                locator: document.locator,
                checkingFiles: checkingFiles
            )
            return reader.outcome(reading: document.root)
        }
    }
}
