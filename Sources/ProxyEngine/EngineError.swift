public import DuplexPosix

/// Why the engine could not take over a set of proxies. Nothing was changed.
public enum EngineError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A listener could not be opened.
    case listen(proxy: String, point: ListenPoint, error: SystemCallError)
    /// The service manager passed no socket of that name.
    case notInherited(proxy: String, name: String)
    /// The system gave no thread for a listener.
    case thread(SystemCallError)

    public var description: String {
        switch self {
        case .listen(let proxy, let point, let error): "proxy \"\(proxy)\": cannot listen on \(point): \(error)"
        case .notInherited(let proxy, let name):
            "proxy \"\(proxy)\": no socket named \"\(name)\" was passed by the service manager"
        case .thread(let error): "\(error)"
        }
    }
}
