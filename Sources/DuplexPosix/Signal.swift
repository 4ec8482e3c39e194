internal import Glibc

/// A signal that asks a daemon for something.
public enum Signal: String, Sendable, CaseIterable, CustomStringConvertible {
    case terminate = "SIGTERM"
    case interrupt = "SIGINT"
    case hangUp = "SIGHUP"

    var number: Int32 {
        switch self {
        case .terminate: SIGTERM
        case .interrupt: SIGINT
        case .hangUp: SIGHUP
        }
    }

    public var description: String { rawValue }
}
