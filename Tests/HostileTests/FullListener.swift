import DuplexPosix

/// A listener of 127.0.0.1 whose backlog is full: the kernel drops what asks for more, and connecting to it hangs.
struct FullListener {
    let address: SocketAddress
    private let listener: Socket
    private var waiting: [Socket] = []

    /// Nil when the backlog does not fill.
    init?() {
        guard let any = SocketAddress(ip: "127.0.0.1", port: 0),
            let listener = try? Socket.listen(on: any, backlog: 0), let address = listener.localAddress
        else { return nil }
        self.listener = listener
        self.address = address
        while case .connected(let socket) = Socket.connect(
            to: address,
            patience: .milliseconds(200),
            stop: nil,
            deadline: .now.advanced(by: .milliseconds(300))
        ) {
            waiting.append(socket)
            if waiting.count == 100 { return nil }
        }
    }
}
