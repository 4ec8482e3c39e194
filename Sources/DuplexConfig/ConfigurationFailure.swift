/// Why there is no configuration, by what an operator does about it.
public enum ConfigurationFailure: Sendable, Equatable {
    /// The file is not there.
    case fileMissing

    /// The file is there, and this process may not read it.
    case permissionDenied

    /// The file was read, and is not a configuration that can be used; or it could not be read for another reason.
    case invalid
}
