/// What the opening of one record did.
public struct OpenProgress: Sendable, Equatable {
    /// Bytes of the given ciphertext that were taken.
    public let consumed: Int
    /// Where in the given ciphertext the plaintext lies now, within the bytes that were taken; empty if there is none.
    public let plaintext: Range<Int>
    public let state: ReadProgress.State
    /// True when the record made the core emit something (a KeyUpdate's answer): flush soon.
    public let hasOutput: Bool

    init(_ progress: ReadProgress, start: Int) {
        consumed = progress.consumed
        plaintext = start..<start + progress.produced
        state = progress.state
        hasOutput = progress.hasOutput
    }
}
