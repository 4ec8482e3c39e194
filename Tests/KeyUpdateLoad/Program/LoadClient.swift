internal import DuplexPosix

/// A client that sends and receives at the same time, and asks for new keys every few records.
protocol LoadClient {
    var name: String { get }

    /// Sends `size` bytes and close_notify to the proxy at `address` while it reads to the end of the server's stream.
    /// Nil, with its reason printed, when it could not.
    func run(_ address: SocketAddress, size: Int) throws -> ClientView?

    /// Whether that many answers are right for `requests` KeyUpdates that were sent.
    func isRight(answers: Int, to requests: Int) -> Bool
}

/// What a client did and saw.
struct ClientView {
    let sent: StreamDigest.Value
    let received: StreamDigest.Value
    /// KeyUpdates that the client sent, and that it read.
    let requests: Int
    let answers: Int
}
