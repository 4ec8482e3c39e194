import DuplexPosix

/// A port of 127.0.0.1 for a server that cannot let the system pick one.
enum FreePort {
    struct NoneLeft: Error {}

    /// A port that nobody uses now. Another process may take it before the server does, so starts are tried again.
    static func pick() throws -> UInt16 {
        guard let any = SocketAddress(ip: "127.0.0.1", port: 0) else { throw NoneLeft() }
        let socket = try Socket.listen(on: any, backlog: 1)
        guard let port = socket.localAddress?.port else { throw NoneLeft() }
        socket.close()
        return port
    }

    /// Starts a server on a port, on another one when that was taken meanwhile.
    ///
    /// - Parameters:
    ///   - readiness: what the server says once it accepts connections.
    ///   - start: starts the server on a port.
    static func server(
        _ name: String,
        readiness: String,
        start: (UInt16) throws -> Child
    ) throws -> (child: Child, port: UInt16) {
        var log = ""
        for _ in 1...5 {
            let port = try pick()
            let child = try start(port)
            if child.says(readiness) { return (child, port) }
            child.end()
            log = child.log
            guard log.contains("Address already in use") else { break }
        }
        throw Child.Failure(program: name, log: log)
    }
}
