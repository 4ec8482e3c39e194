internal import DuplexLock
public import DuplexPosix

/// A plain TCP server on 127.0.0.1 and a port that the system picks: runs a closure for each connection, on a thread of
/// its own.
public final class TestBackend: Sendable {
    public let address: SocketAddress
    private let listener: Socket
    private let stop = StopSignal()
    private let accepted = Tally()

    /// How many connections were accepted.
    public var connectionCount: Int { accepted.count }

    /// - Parameter serve: gets each connection; the socket is closed when the closure has returned and let go of it.
    public init(_ serve: @escaping @Sendable (Socket) -> Void) {
        // Digits, and a port that the system picks: neither can fail on a machine that has a loopback interface.
        guard let any = SocketAddress(ip: "127.0.0.1", port: 0),
            let listener = try? Socket.listen(on: any, backlog: 1024), let address = listener.localAddress
        else { fatalError("cannot listen on 127.0.0.1") }
        self.listener = listener
        self.address = address
        let (stop, accepted) = (stop, accepted)
        let thread = try? Thread(name: "backend", stackSize: 1 << 20) {
            while case .ready = Wait.until(listener, is: .readable, stop: stop) {
                guard case .accepted(let socket, _) = listener.accept() else { continue }
                accepted.add()
                (try? Thread(name: "served", stackSize: 1 << 20) { serve(socket) })?.detach()
            }
        }
        thread?.detach()
    }

    deinit { stop.stop() }

    /// Returns everything that it gets, then ends its stream.
    public static func echo() -> TestBackend {
        TestBackend { socket in
            socket.readAll { socket.writeAll($0) }
            socket.finish()
        }
    }
}
