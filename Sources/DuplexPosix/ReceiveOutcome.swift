/// How a receive ended.
public enum ReceiveOutcome: Sendable, Equatable {
    /// That many bytes were received, at least 1.
    case bytes(Int)
    /// The peer sent FIN.
    case endOfStream
    /// Nothing came within the socket's patience (see ``Socket/setPatience(_:)``).
    case idle
    /// The connection failed, with this `errno`: ECONNRESET when the peer sent RST.
    case failed(Int32)
}
