internal import DuplexPosix
internal import Glibc

/// The listening sockets that the service manager opened for this process, by name.
///
/// Source: sd_listen_fds(3).
struct InheritedSockets {
    private(set) var sockets: [String: Socket] = [:]
    /// Sentences about sockets that cannot be used, for the log.
    private(set) var complaints: [String] = []

    /// The first of them: those below are standard input, output and error.
    static let firstDescriptor: Int32 = 3
    /// More are not looked at.
    static let limit = 1024

    /// Takes over the sockets; to be called once in a process.
    init(environment: Environment, processID: Int32 = getpid(), firstDescriptor: Int32 = firstDescriptor) {
        guard environment["LISTEN_PID"] == String(processID),
            let count = environment["LISTEN_FDS"].flatMap({ Int($0) }),
            count > 0
        else { return }
        let names = (environment["LISTEN_FDNAMES"] ?? "").split(separator: ":", omittingEmptySubsequences: false)
        for index in 0..<min(count, Self.limit) {
            // The name that systemd gives to sockets without one.
            let name = index < names.count && !names[index].isEmpty ? String(names[index]) : "unknown"
            let number = firstDescriptor + Int32(index)
            if sockets[name] != nil {
                complaints.append("descriptor \(number): a second socket named \(name); the first is used")
            } else if let socket = Socket.inheritedListener(number: number) {
                sockets[name] = socket
            } else {
                complaints.append("descriptor \(number), named \(name), is not a listening stream socket")
            }
        }
    }
}
