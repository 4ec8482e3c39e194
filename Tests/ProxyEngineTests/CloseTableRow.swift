import Testing

@testable import ProxyEngine

/// One row of the close table in one order of events: what happens, what is to be done about it, how it stands then.
struct CloseTableRow: Sendable, CustomTestStringConvertible {
    let name: String
    var policy = TruncationPolicy.resetAfterReply
    /// Each event with the actions that answer it.
    let steps: [(event: CloseTable.Event, actions: CloseTable.Actions)]
    let reason: CloseReason
    let resetsBackend: Bool
    var isClientReachable = true
    /// Nil: the threads were told to stop, no timeout applies.
    var patience: CloseTable.Patience?

    var testDescription: String { name }

    /// The rows a and c: clean ends.
    static let clean = [
        CloseTableRow(
            name: "nothing has happened",
            steps: [],
            reason: .finished,
            resetsBackend: true,
            patience: .idle
        ),
        CloseTableRow(
            name: "a: the client closes",
            steps: [(.clientClosed, .finishBackend)],
            reason: .finished,
            resetsBackend: false,
            patience: .halfClosed
        ),
        CloseTableRow(
            name: "a: the client closes, then the backend",
            steps: [(.clientClosed, .finishBackend), (.backendFinished, .closeClient)],
            reason: .finished,
            resetsBackend: false,
            patience: .halfClosed
        ),
        CloseTableRow(
            name: "c: the backend closes",
            steps: [(.backendFinished, .closeClient)],
            reason: .finished,
            resetsBackend: true,
            patience: .halfClosed
        ),
        CloseTableRow(
            name: "c: the backend closes, then the client",
            steps: [(.backendFinished, .closeClient), (.clientClosed, .finishBackend)],
            reason: .finished,
            resetsBackend: false,
            patience: .halfClosed
        ),
    ]

    /// The row b: the client's stream breaks off.
    static let truncated = [
        CloseTableRow(
            name: "b reset-after-reply: the client is cut off",
            steps: [(.clientTruncated, [])],
            reason: .clientTruncated,
            resetsBackend: true,
            patience: .grace
        ),
        CloseTableRow(
            name: "b reset-after-reply: the reply ends in time",
            steps: [(.clientTruncated, []), (.backendFinished, .closeClient)],
            reason: .clientTruncated,
            resetsBackend: true,
            patience: .grace
        ),
        CloseTableRow(
            name: "b reset-after-reply: the reply does not end in time",
            steps: [(.clientTruncated, []), (.graceExpired, .stop), (.writerStopped(isComplete: true), [])],
            reason: .clientTruncated,
            resetsBackend: true
        ),
        CloseTableRow(
            name: "b reset-after-reply: the reply had ended before",
            steps: [(.backendFinished, .closeClient), (.clientTruncated, [])],
            reason: .clientTruncated,
            resetsBackend: true,
            patience: .grace
        ),
        CloseTableRow(
            name: "b reset: the client is cut off",
            policy: .reset,
            steps: [(.clientTruncated, .stop), (.writerStopped(isComplete: true), [])],
            reason: .clientTruncated,
            resetsBackend: true
        ),
        CloseTableRow(
            name: "b reset: the reply had ended before",
            policy: .reset,
            steps: [(.backendFinished, .closeClient), (.clientTruncated, .stop)],
            reason: .clientTruncated,
            resetsBackend: true
        ),
        CloseTableRow(
            name: "b half-close: the client is cut off",
            policy: .halfClose,
            steps: [(.clientTruncated, .finishBackend), (.backendFinished, .closeClient)],
            reason: .clientTruncated,
            resetsBackend: false,
            patience: .halfClosed
        ),
        CloseTableRow(
            name: "b half-close: the reply had ended before",
            policy: .halfClose,
            steps: [(.backendFinished, .closeClient), (.clientTruncated, .finishBackend)],
            reason: .clientTruncated,
            resetsBackend: false,
            patience: .halfClosed
        ),
    ]

    /// The rows d to f, h and i: somebody resets, breaks the protocol or stops reading.
    static let unclean = [
        CloseTableRow(
            name: "d: the backend resets",
            steps: [(.backendReset, .stop), (.readerStopped(isComplete: true), [])],
            reason: .backendReset,
            resetsBackend: false
        ),
        CloseTableRow(
            name: "d: the backend resets after the client closed",
            steps: [(.clientClosed, .finishBackend), (.backendReset, .stop)],
            reason: .backendReset,
            resetsBackend: false
        ),
        CloseTableRow(
            name: "d: a send meets the reset first",
            steps: [(.backendWriteFailed, .discardClientInput), (.backendReset, .stop)],
            reason: .backendReset,
            resetsBackend: false
        ),
        CloseTableRow(
            name: "e: the client resets",
            steps: [(.clientReset, .stop), (.writerStopped(isComplete: true), [])],
            reason: .clientReset,
            resetsBackend: true,
            isClientReachable: false
        ),
        CloseTableRow(
            name: "e: the client resets while the backend works on its whole request",
            steps: [(.clientClosed, .finishBackend), (.clientReset, .stop)],
            reason: .clientReset,
            resetsBackend: true,
            isClientReachable: false
        ),
        CloseTableRow(
            name: "e: the client resets after both streams ended",
            steps: [(.clientClosed, .finishBackend), (.backendFinished, .closeClient), (.clientReset, .stop)],
            reason: .clientReset,
            resetsBackend: false,
            isClientReachable: false
        ),
        CloseTableRow(
            name: "f: the reply is out before a send fails",
            steps: [(.backendFinished, .closeClient), (.backendWriteFailed, .discardClientInput)],
            reason: .backendClosedEarly,
            resetsBackend: false,
            patience: .halfClosed
        ),
        CloseTableRow(
            name: "f, i: a send fails before the reply is out",
            steps: [(.backendWriteFailed, .discardClientInput), (.backendFinished, .closeClient)],
            reason: .backendClosedEarly,
            resetsBackend: false,
            patience: .halfClosed
        ),
        CloseTableRow(
            name: "h: the client breaks the protocol",
            steps: [(.sessionFailed(.clientViolation), .stop), (.writerStopped(isComplete: true), [])],
            reason: .clientViolation,
            resetsBackend: true
        ),
        CloseTableRow(
            name: "h: the client sends an alert after the reply ended",
            steps: [(.backendFinished, .closeClient), (.sessionFailed(.clientAlert), .stop)],
            reason: .clientAlert,
            resetsBackend: true
        ),
    ]

    /// The rows g, j and k: time is up.
    static let expired = [
        CloseTableRow(
            name: "g: the client does not answer close_notify",
            steps: [
                (.backendFinished, .closeClient), (.halfClosedExpired, .stop), (.readerStopped(isComplete: true), []),
            ],
            reason: .halfClosedTimeout,
            resetsBackend: true
        ),
        CloseTableRow(
            name: "g: the backend does not answer the client's end",
            steps: [
                (.clientClosed, .finishBackend), (.halfClosedExpired, .stop), (.writerStopped(isComplete: true), []),
            ],
            reason: .halfClosedTimeout,
            resetsBackend: true
        ),
        CloseTableRow(
            name: "j: drained while open",
            steps: [
                (.drainExpired, .stop), (.readerStopped(isComplete: true), .finishBackend),
                (.writerStopped(isComplete: true), .closeClient),
            ],
            reason: .drained,
            resetsBackend: false
        ),
        CloseTableRow(
            name: "j: drained, and the client's socket closes before the reader has heard of it",
            steps: [
                (.drainExpired, .stop), (.writerStopped(isComplete: true), .closeClient),
                (.clientTruncated, .finishBackend),
            ],
            reason: .drained,
            resetsBackend: false
        ),
        CloseTableRow(
            name: "j: drained in the middle of what neither side takes",
            steps: [
                (.drainExpired, .stop), (.writerStopped(isComplete: false), []),
                (.readerStopped(isComplete: false), []),
            ],
            reason: .drained,
            resetsBackend: true
        ),
        CloseTableRow(
            name: "j: drained after the client closed",
            steps: [
                (.clientClosed, .finishBackend), (.drainExpired, .stop),
                (.writerStopped(isComplete: true), .closeClient),
            ],
            reason: .drained,
            resetsBackend: false
        ),
        CloseTableRow(
            name: "j: drained after the client was cut off",
            steps: [(.clientTruncated, []), (.drainExpired, .stop), (.writerStopped(isComplete: true), .closeClient)],
            reason: .clientTruncated,
            resetsBackend: true
        ),
        CloseTableRow(
            name: "a second stop during a drain",
            steps: [
                (.drainExpired, .stop), (.stoppedNow, .stop), (.readerStopped(isComplete: true), []),
                (.writerStopped(isComplete: true), []),
            ],
            reason: .drained,
            resetsBackend: true
        ),
        CloseTableRow(
            name: "stopped at once",
            steps: [(.stoppedNow, .stop)],
            reason: .stopped,
            resetsBackend: true
        ),
        CloseTableRow(
            name: "k: idle",
            steps: [
                (.idleExpired, .stop), (.writerStopped(isComplete: true), .closeClient),
                (.readerStopped(isComplete: true), .finishBackend),
            ],
            reason: .idleTimeout,
            resetsBackend: false
        ),
    ]
}
