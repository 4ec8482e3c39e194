/// How handing ciphertext to the transport ended.
public enum FlushOutcome: Sendable, Equatable {
    /// Everything that the core had produced was taken.
    case flushed
    /// The transport took only a part; the rest waits, in order, for the next flush by either half.
    case pending
    /// The other half is sending, and looks again before it stops; or the writer is in the middle of
    /// ``WriteHalf/write(received:)``, and flushes after it. So nothing is forgotten.
    case leftToHolder
}
