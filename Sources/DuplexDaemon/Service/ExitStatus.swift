internal import DuplexConfig
internal import DuplexPosix
internal import Glibc
internal import ProxyEngine

/// What the process ends with. Source: sysexits.h.
enum ExitStatus: Int32, Sendable {
    case success = 0
    /// The demonstration's self-check failed.
    case selfCheckFailed = 1
    /// EX_USAGE: wrong command or option; the argument parser's own.
    case usage = 64
    /// EX_NOINPUT: the configuration file is missing.
    case fileMissing = 66
    /// EX_UNAVAILABLE: an address cannot be bound.
    case cannotListen = 69
    /// EX_OSERR: a limit of the operating system.
    case systemLimit = 71
    /// EX_NOPERM: not permitted.
    case permission = 77
    /// EX_CONFIG: the configuration is wrong.
    case configuration = 78

    init(_ failure: ConfigurationFailure) {
        switch failure {
        case .fileMissing: self = .fileMissing
        case .permissionDenied: self = .permission
        case .invalid: self = .configuration
        }
    }

    init(_ error: EngineError) {
        switch error {
        case .listen(_, _, let error): self.init(listening: error.code)
        case .notInherited: self = .configuration
        case .thread: self = .systemLimit
        }
    }

    private init(listening code: Int32) {
        switch code {
        case EACCES, EPERM: self = .permission
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: self = .systemLimit
        default: self = .cannotListen
        }
    }
}
