public import DuplexPosix

/// A backend for one connection that tells what it saw. Its waits have deadlines, so that no test hangs on it.
public final class WatchedBackend: Sendable {
    /// What reached the backend, and how its stream from the client's side ended.
    public struct View: Sendable {
        public var bytes: [UInt8]
        public var end: StreamEnd

        public init(bytes: [UInt8], end: StreamEnd) {
            self.bytes = bytes
            self.end = end
        }
    }

    public var address: SocketAddress { backend.address }
    private let backend: TestBackend
    private let seen: Arrival<View>

    /// How long a read or a write may wait for the proxy.
    public static let patience = Duration.seconds(20)

    /// - Parameter serve: plays the backend on one connection and returns what it saw.
    public init(_ serve: @escaping @Sendable (Socket) -> View) {
        let seen = Arrival<View>()
        self.seen = seen
        backend = TestBackend { socket in
            socket.setPatience(Self.patience)
            seen.leave(serve(socket))
        }
    }

    /// How many connections it has accepted.
    public var connectionCount: Int { backend.connectionCount }

    /// What it saw; nil when it has not finished within the deadline.
    public func view(within seconds: Int = 30) -> View? { seen.wait(within: seconds) }

    /// Reads to the end, then sends `reply` and FIN.
    public static func answering(_ reply: [UInt8]) -> WatchedBackend {
        WatchedBackend { socket in
            let view = socket.readView()
            socket.writeAll(reply)
            socket.finish()
            return view
        }
    }
}

extension Socket {
    /// Reads until the stream ends, and says all about it.
    public func readView() -> WatchedBackend.View {
        var bytes: [UInt8] = []
        let end = readAll { bytes += $0 }
        return WatchedBackend.View(bytes: bytes, end: end)
    }

    /// Reads exactly `count` bytes, unless the stream ends before.
    public func read(exactly count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let (some, end) = readSome(limit: count - bytes.count)
            if end != nil { break }
            bytes += some
        }
        return bytes
    }

    /// Ends the connection by RST.
    public func reset() {
        resetOnClose()
        close()
    }
}
