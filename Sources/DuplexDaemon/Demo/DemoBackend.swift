internal import DuplexPosix

/// A plain TCP server on 127.0.0.1 and a port of the system's choice: a thread for each connection, which echoes, or
/// answers HTTP requests.
final class DemoBackend: Sendable {
    let address: SocketAddress
    private let stop = StopSignal()

    private static let stackSize = 256 * 1024
    private static let backlog: Int32 = 1024

    /// - Throws: ``SystemCallError`` when there is no loopback interface, or no thread.
    init() throws(SystemCallError) {
        guard let anyPort = SocketAddress(ip: "127.0.0.1", port: 0) else {
            throw SystemCallError("getaddrinfo", "127.0.0.1", code: SystemCallError.noMemory)
        }
        let listener = try Socket.listen(on: anyPort, backlog: Self.backlog)
        address = listener.localAddress ?? anyPort
        let stop = stop
        try Thread(name: "demo-backend", stackSize: Self.stackSize) { Self.serve(listener, until: stop) }.detach()
    }

    deinit { stop.stop() }

    private static func serve(_ listener: Socket, until stop: StopSignal) {
        while case .ready = Wait.until(listener, is: .readable, stop: stop) {
            switch listener.accept() {
            case .accepted(let socket, _):
                // Without a thread the connection is closed with its socket.
                try? Thread(name: "demo-served", stackSize: stackSize) { DemoBackendConnection(socket).run() }.detach()
            case .exhausted:
                _ = stop.wait(for: .milliseconds(100))
            case .none, .failed:
                break
            }
        }
    }
}
