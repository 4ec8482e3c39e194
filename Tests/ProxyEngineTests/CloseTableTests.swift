import Testing

@testable import ProxyEngine

/// The rules of closing, row by row, without a socket.
@Suite struct CloseTableTests {
    @Test(arguments: CloseTableRow.clean + CloseTableRow.truncated + CloseTableRow.unclean + CloseTableRow.expired)
    func anEventIsAnsweredAsItsRowSays(row: CloseTableRow) {
        var table = CloseTable(truncation: row.policy)
        for (index, step) in row.steps.enumerated() {
            #expect(table.handle(step.event) == step.actions, "step \(index + 1): \(step.event)")
        }
        #expect(table.finalReason == row.reason)
        #expect(table.resetsBackend == row.resetsBackend)
        #expect(table.isClientReachable == row.isClientReachable)
        if let patience = row.patience { #expect(table.patience == patience) }
    }

    @Test(arguments: [
        CloseTable.Event.halfClosedExpired, .idleExpired, .drainExpired, .stoppedNow, .clientReset,
    ])
    func theReasonOfASettledConnectionStays(late: CloseTable.Event) {
        var table = CloseTable(truncation: .resetAfterReply)
        _ = table.handle(.clientClosed)
        _ = table.handle(.backendFinished)
        table.settle()
        _ = table.handle(late)
        #expect(table.finalReason == .finished)
    }
}
