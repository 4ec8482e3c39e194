import DuplexPosix
import Glibc
import Testing

/// Sockets on loopback and in a folder of the test's own.
enum Loopback {
    /// Long enough that only a bug waits for its end.
    static let patience = Duration.seconds(20)

    static var soon: MonotonicTime { .now.advanced(by: .seconds(20)) }

    enum Family: String, CaseIterable, Sendable {
        case ipv4, ipv6, unix
    }

    /// An address to listen on: a port that the system picks, or a path in `folder`.
    static func address(_ family: Family, in folder: ScratchFolder) throws -> SocketAddress {
        switch family {
        case .ipv4: try #require(SocketAddress(ip: "127.0.0.1", port: 0))
        case .ipv6: try #require(SocketAddress(ip: "::1", port: 0))
        case .unix: try #require(SocketAddress(path: folder.path("socket")))
        }
    }

    /// A listener, and where it can be reached.
    static func listen(
        _ family: Family = .ipv4,
        in folder: ScratchFolder,
        backlog: Int32 = 16
    ) throws -> (listener: Socket, address: SocketAddress) {
        let listener = try Socket.listen(on: address(family, in: folder), backlog: backlog)
        return (listener, try #require(listener.localAddress))
    }

    static func connect(_ address: SocketAddress, patience: Duration = patience) throws -> Socket {
        guard case .connected(let socket) = Socket.connect(to: address, patience: patience, stop: nil, deadline: soon)
        else {
            throw Refused()
        }
        return socket
    }

    static func accept(_ listener: Socket) throws -> Socket {
        _ = Wait.until(listener, is: .readable, stop: nil, deadline: soon)
        guard case .accepted(let socket, _) = listener.accept() else { throw Refused() }
        socket.setPatience(patience)
        return socket
    }

    /// Two ends of one connection.
    static func pair(_ family: Family = .ipv4) throws -> (near: Socket, far: Socket) {
        let folder = ScratchFolder()
        let (listener, address) = try listen(family, in: folder)
        let near = try connect(address)
        return (near, try accept(listener))
    }

    struct Refused: Error {}
}

extension Socket {
    /// Sends `bytes`, which the socket has room for.
    func sendAll(_ bytes: [UInt8]) -> SendOutcome { bytes.withUnsafeBytes { send($0) } }

    /// Receives once.
    func receiveSome(limit: Int = 65_536) -> (outcome: ReceiveOutcome, bytes: [UInt8]) {
        var buffer = [UInt8](repeating: 0, count: limit)
        let outcome = buffer.withUnsafeMutableBytes { receive(into: $0) }
        guard case .bytes(let count) = outcome else { return (outcome, []) }
        return (outcome, Array(buffer.prefix(count)))
    }

    /// Sends until the socket takes no more without waiting. Returns how many bytes it took.
    func fill() -> Int {
        let block = [UInt8](repeating: 0, count: 65_536)
        var sent = 0
        while case .bytes(let count) = block.withUnsafeBytes({ sendNow($0) }) { sent += count }
        return sent
    }
}
