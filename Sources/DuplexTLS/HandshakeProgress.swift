/// How far one step brought the handshake.
public struct HandshakeProgress: Sendable, Equatable {
    /// Bytes of the given ciphertext that were taken. The rest belongs to later steps or, when the handshake is
    /// complete, to ``ReadHalf/read(_:into:)``.
    public let consumed: Int
    public let isComplete: Bool
    /// True when the rest of the given ciphertext is no whole record: another step would come to nothing before more has
    /// been received.
    public let needsInput: Bool
    /// True when there is ciphertext to flush.
    public let hasOutput: Bool
}
