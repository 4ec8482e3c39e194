/// What has been closed, and what failed, in one session. Guarded by its lock (I6, I7).
struct CloseState {
    /// The peer's close_notify was read: nothing more comes.
    private(set) var isPeerClosed = false
    /// Our close_notify is in the outbound queue or already sent: nothing more is written.
    private(set) var isCloseNotifyQueued = false
    /// The failure that ended the session, if any. After it nothing is called on the object but free.
    private(set) var failure: TLSError?

    mutating func peerClosed() { isPeerClosed = true }

    mutating func failed(_ error: TLSError) {
        if failure == nil { failure = error }
    }

    /// The halves that call nothing on the object any more.
    var endedHalves: SessionHalves {
        if failure != nil { return .both }
        var ended: SessionHalves = []
        if isPeerClosed { ended.insert(.reader) }
        if isCloseNotifyQueued { ended.insert(.writer) }
        return ended
    }

    /// Whether close_notify is to be emitted now: once, and never after a failure.
    mutating func shouldQueueCloseNotify() -> Bool {
        guard failure == nil, !isCloseNotifyQueued else { return false }
        isCloseNotifyQueued = true
        return true
    }

    /// Why nothing may be written any more, if so.
    var writeRefusal: TLSError? {
        if let failure { return failure }
        guard isCloseNotifyQueued else { return nil }
        return TLSError(category: .misuse, reason: "a write after close_notify (RFC 8446 §6.1)")
    }
}
