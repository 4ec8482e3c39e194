/// How a send ended.
public enum SendOutcome: Sendable, Equatable {
    /// That many bytes were taken, at least 1.
    case bytes(Int)
    /// Nothing was taken: the peer reads slowly or not at all.
    case full
    /// The connection failed, with this `errno`: EPIPE or ECONNRESET when the peer is gone.
    case failed(Int32)
}
