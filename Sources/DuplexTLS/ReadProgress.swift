/// What one read did.
public struct ReadProgress: Sendable, Equatable {
    public enum State: Sendable {
        /// The stream goes on; call again with what is left.
        case open
        /// No whole record is left in the given ciphertext; call again when more has arrived.
        case needsInput
        /// The peer's close_notify was read: a clean end of its stream. Further ciphertext is to be discarded.
        case closed
    }

    /// Bytes of the given ciphertext that were taken.
    public let consumed: Int
    /// Bytes of plaintext that were written, from the buffer's start.
    public let produced: Int
    public let state: State
    /// True when reading made the core emit something (a KeyUpdate's answer): flush soon.
    public let hasOutput: Bool
}
