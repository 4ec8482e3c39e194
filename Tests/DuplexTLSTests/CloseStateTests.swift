import Testing

@testable import DuplexTLS

@Suite struct CloseStateTests {
    @Test func `close_notify is to be emitted once`() {
        var state = CloseState()
        #expect(state.writeRefusal == nil)
        let asked = [state.shouldQueueCloseNotify(), state.shouldQueueCloseNotify(), state.shouldQueueCloseNotify()]
        #expect(asked == [true, false, false])
        #expect(state.writeRefusal?.category == .misuse)
    }

    @Test func `close_notify is not emitted after a failure, and the first failure stays`() {
        var state = CloseState()
        let first = TLSError(category: .protocolViolation, reason: "first")
        state.failed(first)
        state.failed(TLSError(category: .misuse, reason: "second"))
        let isEmitted = state.shouldQueueCloseNotify()
        #expect(!isEmitted)
        #expect(state.failure == first)
        #expect(state.writeRefusal == first)
    }

    @Test func `the peer's close leaves our side open`() {
        var state = CloseState()
        state.peerClosed()
        #expect(state.isPeerClosed)
        #expect(state.writeRefusal == nil)
        let isEmitted = state.shouldQueueCloseNotify()
        #expect(isEmitted)
    }
}
