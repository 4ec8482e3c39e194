/// The rules of closing: events in, actions out. Pure; the connection's threads carry out what it says.
///
/// Two ends, each with a stream from it and a stream towards it. A clean end of one stream is passed on as the matching
/// clean end, an unclean one as an unclean one, and nothing that was received before it is lost. The rows a to k of
/// docs/closing.md stand beside the events.
struct CloseTable: Sendable {
    /// What happened.
    enum Event: Sendable, Equatable {
        /// a: close_notify was read and everything before it was sent to the backend.
        case clientClosed
        /// b: the client's TCP stream ended without close_notify; everything before it was sent to the backend.
        case clientTruncated
        /// e: the client reset the connection, or a send to it failed.
        case clientReset
        /// h: the TLS session failed, for this reason.
        case sessionFailed(CloseReason)
        /// c, f: the backend sent FIN, and everything before it was put into the session.
        case backendFinished
        /// d: the backend reset the connection; everything received before was sent to the client.
        case backendReset
        /// f, i: a send to the backend failed.
        case backendWriteFailed
        /// b: the reply made no progress for `truncation_grace`.
        case graceExpired
        /// c, g: one direction has ended and the other made no progress for `half_closed`.
        case halfClosedExpired
        /// k
        case idleExpired
        /// j
        case drainExpired
        /// The operator asked twice to stop.
        case stoppedNow
        /// The reader heard the stop signal; whether everything it had received was sent to the backend.
        case readerStopped(isComplete: Bool)
        /// The writer heard the stop signal; whether everything it had received was sent to the client.
        case writerStopped(isComplete: Bool)
    }

    /// What to do about it.
    struct Actions: OptionSet, Sendable {
        let rawValue: UInt8
        /// Send FIN to the backend.
        static let finishBackend = Actions(rawValue: 1)
        /// Queue close_notify, send it, send FIN to the client.
        static let closeClient = Actions(rawValue: 2)
        /// Wake both threads: each says `readerStopped` or `writerStopped` and ends.
        static let stop = Actions(rawValue: 4)
        /// Read and discard what the client still sends, so that the reply is not lost to a reset.
        static let discardClientInput = Actions(rawValue: 8)
    }

    /// Which timeout applies now; progress in any direction that is still open starts it anew.
    enum Patience: UInt8, Sendable {
        case idle
        case halfClosed
        case grace
    }

    /// How the stream from one end stands.
    enum Incoming: Sendable {
        case open
        case ended
        case endedUncleanly
    }

    /// How the stream towards one end stands.
    enum Outgoing: Sendable {
        case open
        /// The clean end was sent.
        case ended
        /// It will end uncleanly: towards the backend by RST, towards the client by FIN without close_notify.
        case cut
        /// The other end does not take any more.
        case refused
    }

    let truncation: TruncationPolicy
    private(set) var fromClient = Incoming.open
    private(set) var fromBackend = Incoming.open
    private(set) var toClient = Outgoing.open
    private(set) var toBackend = Outgoing.open
    /// The first reason that was given; nil while there is none.
    private(set) var reason: CloseReason?
    /// True when the stop is an orderly one: both sides still get a clean end.
    private var isStopOrderly = false

    init(truncation: TruncationPolicy) { self.truncation = truncation }

    /// The reason that is logged and counted.
    var finalReason: CloseReason { reason ?? .finished }

    /// Whether closing the backend's socket must send RST: its stream from us did not end cleanly.
    var resetsBackend: Bool { toBackend == .cut || toBackend == .open }

    /// Whether the client is still there to be told an end.
    var isClientReachable: Bool { toClient != .refused }

    var patience: Patience {
        if fromClient == .endedUncleanly, truncation == .resetAfterReply { return .grace }
        return fromClient == .open && toClient == .open ? .idle : .halfClosed
    }

    mutating func handle(_ event: Event) -> Actions {
        switch event {
        case .clientClosed: clientClosed()
        case .clientTruncated: clientTruncated()
        case .clientReset: cut(.clientReset, client: .refused)
        case .sessionFailed(let reason): cut(reason, client: .cut)
        case .backendFinished: backendFinished()
        case .backendReset: backendReset()
        case .backendWriteFailed: backendWriteFailed()
        case .graceExpired: cut(.clientTruncated, client: .cut)
        case .halfClosedExpired: cut(.halfClosedTimeout, client: .cut)
        case .idleExpired: stopOrderly(.idleTimeout)
        case .drainExpired: stopOrderly(.drained)
        case .stoppedNow: cut(.stopped, client: .cut)
        case .readerStopped(let isComplete): readerStopped(isComplete)
        case .writerStopped(let isComplete): writerStopped(isComplete)
        }
    }

    /// Both directions are over: no later event changes the reason.
    mutating func settle() { give(.finished) }

    private mutating func clientClosed() -> Actions {
        fromClient = .ended
        return finishBackend()
    }

    private mutating func clientTruncated() -> Actions {
        if isStopOrderly {
            // The client answered our close_notify with a mere FIN before the reader heard the stop.
            fromClient = .ended
            return finishBackend()
        }
        fromClient = .endedUncleanly
        give(.clientTruncated)
        switch truncation {
        case .halfClose:
            fromClient = .ended
            return finishBackend()
        case .resetAfterReply:
            if toBackend == .open { toBackend = .cut }
            return []
        case .reset:
            return cut(.clientTruncated, client: .cut)
        }
    }

    private mutating func backendFinished() -> Actions {
        fromBackend = .ended
        if toBackend == .refused { give(.backendClosedEarly) }
        guard toClient == .open else { return [] }
        toClient = .ended
        return .closeClient
    }

    private mutating func backendReset() -> Actions {
        fromBackend = .endedUncleanly
        give(.backendReset)
        if toClient == .open { toClient = .cut }
        toBackend = .refused
        return .stop
    }

    private mutating func backendWriteFailed() -> Actions {
        if toBackend == .open { toBackend = .refused }
        // While the reply is still coming, its end says which it was: a backend that closed early, or one that reset.
        if toClient != .open { give(.backendClosedEarly) }
        return .discardClientInput
    }

    /// Ends everything uncleanly, except what has ended cleanly already.
    private mutating func cut(_ reason: CloseReason, client: Outgoing) -> Actions {
        give(reason)
        isStopOrderly = false
        let isReplyUndelivered = toClient == .open
        if fromClient == .open { fromClient = .endedUncleanly }
        if toClient == .open || client == .refused { toClient = client }
        // A backend whose reply is not wanted any more learns it, even after our FIN.
        if toBackend == .open || (toBackend == .ended && isReplyUndelivered && fromBackend == .open) {
            toBackend = .cut
        }
        return .stop
    }

    private mutating func stopOrderly(_ reason: CloseReason) -> Actions {
        give(reason)
        isStopOrderly = true
        return .stop
    }

    private mutating func readerStopped(_ isComplete: Bool) -> Actions {
        guard toBackend == .open else { return [] }
        if isStopOrderly, isComplete { return finishBackend() }
        toBackend = .cut
        return []
    }

    private mutating func writerStopped(_ isComplete: Bool) -> Actions {
        guard toClient == .open else { return [] }
        toClient = isStopOrderly && isComplete ? .ended : .cut
        return toClient == .ended ? .closeClient : []
    }

    private mutating func finishBackend() -> Actions {
        guard toBackend == .open else { return [] }
        toBackend = .ended
        return .finishBackend
    }

    private mutating func give(_ reason: CloseReason) {
        if self.reason == nil { self.reason = reason }
    }
}
