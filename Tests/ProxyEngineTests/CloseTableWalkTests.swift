import Testing

@testable import ProxyEngine

/// What holds for every sequence of events that the threads, the timekeeper and the operator can produce together.
@Suite struct CloseTableWalkTests {
    @Test(arguments: [TruncationPolicy.resetAfterReply, .reset, .halfClose])
    func everyReachableStateKeepsThePromises(policy: TruncationPolicy) {
        var seen: Set<String> = []
        var waiting = [CloseTableWalk(policy)]
        while let state = waiting.popLast() {
            guard seen.insert(state.key).inserted else { continue }
            checkEnd(state)
            for event in state.possible {
                var next = state
                let actions = next.take(event)
                check(state, event, actions, next)
                waiting.append(next)
            }
        }
        #expect(seen.count > 500, "the walk went nowhere: \(seen.count) states")
    }

    private func check(
        _ state: CloseTableWalk,
        _ event: CloseTable.Event,
        _ actions: CloseTable.Actions,
        _ next: CloseTableWalk
    ) {
        let isUploadCleanlyOver = next.finishBackendCount == 1 && !next.isEndWithdrawn
        let promises: [(String, Bool)] = [
            ("close_notify goes out once", next.closeClientCount <= 1),
            ("FIN goes to the backend once", next.finishBackendCount <= 1),
            ("an unclean upload has no clean end", !actions.contains(.finishBackend) || !next.isUploadUnclean),
            ("an unclean reply has no clean end", !actions.contains(.closeClient) || !next.isReplyUnclean),
            ("the first reason stays", state.table.reason == nil || next.table.reason == state.table.reason),
            (
                "the backend is reset unless its stream is over",
                next.table.resetsBackend == (!isUploadCleanlyOver && !next.isBackendGone)
            ),
            ("the client is told its end unless it is gone", next.table.isClientReachable == !next.isClientGone),
        ]
        // Half a million checks: the macro sees only those that fail.
        for (promise, isKept) in promises where !isKept {
            Issue.record("not kept: \(promise): \(event) in \(state.key)")
        }
    }

    /// Once the threads have heard a stop, nothing is open any more.
    private func checkEnd(_ state: CloseTableWalk) {
        guard state.isStopped else { return }
        var last = state
        if last.reader == .forwards { _ = last.take(.readerStopped(isComplete: true)) }
        if last.writer == .forwards { _ = last.take(.writerStopped(isComplete: true)) }
        if last.table.toBackend == .open {
            Issue.record("the stream to the backend is open after a stop: \(state.key)")
        }
        if last.table.toClient == .open { Issue.record("the stream to the client is open after a stop: \(state.key)") }
        if last.table.reason == nil { Issue.record("a stop without a reason: \(state.key)") }
    }
}
