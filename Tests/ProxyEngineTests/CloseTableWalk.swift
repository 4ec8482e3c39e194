@testable import ProxyEngine

/// A close table, and what its two threads may still say to it: one state of the walk over all of them.
struct CloseTableWalk {
    /// What the reader, or the writer, does.
    enum Actor { case forwards, watches, ended }

    private(set) var table: CloseTable
    private(set) var reader = Actor.forwards
    private(set) var writer = Actor.forwards
    private(set) var isStopped = false
    private(set) var closeClientCount = 0
    private(set) var finishBackendCount = 0
    /// An unclean event has come on the stream from the client, or from the backend.
    private(set) var isUploadUnclean = false
    private(set) var isReplyUnclean = false
    /// The backend was seen to take nothing more before its stream was cut.
    private(set) var isBackendGone = false
    /// The backend had its clean end, and then lost the client before its reply was out.
    private(set) var isEndWithdrawn = false
    private(set) var isClientGone = false

    init(_ policy: TruncationPolicy) { table = CloseTable(truncation: policy) }

    /// Tells states apart: everything that can change what follows.
    var key: String {
        let streams = "\(table.fromClient) \(table.fromBackend) \(table.toClient) \(table.toBackend)"
        let marks = [isStopped, isUploadUnclean, isReplyUnclean, isBackendGone, isEndWithdrawn, isClientGone]
        let reason = table.reason.map { "\($0)" } ?? "-"
        return
            "\(streams) \(reason) \(reader) \(writer) \(marks) \(closeClientCount) \(finishBackendCount) \(isOrderly)"
    }

    /// Whether the last stop was an orderly one.
    private var isOrderly = false

    /// What may come next: each thread says what its part of the connection allows, time and the operator anything.
    var possible: [CloseTable.Event] {
        var events: [CloseTable.Event] = [
            .graceExpired, .halfClosedExpired, .idleExpired, .drainExpired, .stoppedNow,
        ]
        switch reader {
        case .forwards:
            events += [
                .clientClosed, .clientTruncated, .clientReset, .sessionFailed(.clientViolation), .backendWriteFailed,
            ]
            if isStopped { events += [.readerStopped(isComplete: true), .readerStopped(isComplete: false)] }
        case .watches: events += [.clientReset]
        case .ended: break
        }
        switch writer {
        case .forwards:
            events += [.backendFinished, .backendReset, .clientReset, .sessionFailed(.clientAlert)]
            if isStopped { events += [.writerStopped(isComplete: true), .writerStopped(isComplete: false)] }
        case .watches: events += [.clientReset]
        case .ended: break
        }
        return events
    }

    mutating func take(_ event: CloseTable.Event) -> CloseTable.Actions {
        note(event)
        let actions = table.handle(event)
        if actions.contains(.closeClient) { closeClientCount += 1 }
        if actions.contains(.finishBackend) { finishBackendCount += 1 }
        if actions.contains(.stop) { isStopped = true }
        return actions
    }

    /// What an event means, told without the table's rules.
    private mutating func note(_ event: CloseTable.Event) {
        switch event {
        case .clientClosed: reader = .watches
        case .clientTruncated:
            reader = .watches
            // Behind an orderly stop the backend gets its FIN wherever the upload stood.
            if isOrderly { break }
            if table.truncation != .halfClose { isUploadUnclean = true }
            if table.truncation == .reset { noteCut() }
        case .clientReset:
            // Said by whichever thread met it; the reader's watch or the writer's closing may be over with it.
            if reader != .forwards { reader = .ended }
            noteCut()
            isClientGone = true
        case .sessionFailed: noteCut()
        case .backendFinished: writer = .watches
        case .backendReset:
            writer = .ended
            (isUploadUnclean, isReplyUnclean, isBackendGone) = (true, true, true)
        case .backendWriteFailed:
            reader = .watches
            if !isUploadUnclean { isBackendGone = true }
            isUploadUnclean = true
        case .graceExpired, .halfClosedExpired, .stoppedNow: noteCut()
        case .idleExpired, .drainExpired: isOrderly = true
        case .readerStopped(let isComplete):
            reader = .ended
            if !isComplete || !isOrderly { isUploadUnclean = true }
        case .writerStopped(let isComplete):
            writer = isComplete ? .watches : .ended
            if !isComplete || !isOrderly { isReplyUnclean = true }
        }
    }

    /// Both streams end uncleanly, as far as they had not ended.
    private mutating func noteCut() {
        if finishBackendCount == 1, closeClientCount == 0, !isReplyUnclean, writer == .forwards, !isBackendGone {
            isEndWithdrawn = true
        }
        (isUploadUnclean, isReplyUnclean, isOrderly) = (true, true, false)
    }
}
