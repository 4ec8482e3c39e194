/// The right to move ciphertext to the transport, held by one thread at a time (I5).
///
/// Guarded by the session's lock.
struct SendingTurn {
    private(set) var isHeld = false
    /// True while the writer waits for the turn.
    var isWanted = false

    /// Takes the turn; false when another thread holds it.
    mutating func take() -> Bool {
        if isHeld { return false }
        isHeld = true
        return true
    }

    /// Gives the turn up. Returns true when a thread waits for it and must be woken.
    mutating func giveUp() -> Bool {
        isHeld = false
        return isWanted
    }
}
