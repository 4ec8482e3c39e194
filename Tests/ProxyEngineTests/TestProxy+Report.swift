import ProxyEngine
import TestSupport
import Testing

extension TestProxy {
    /// The next connection that ends, ends for `reason`, having moved that many bytes; nil: any number.
    @discardableResult
    func expectEnd(
        _ reason: CloseReason,
        toBackend: Int? = nil,
        toClient: Int? = nil,
        _ sourceLocation: SourceLocation = #_sourceLocation
    ) -> ConnectionReport? {
        guard let report = nextReport() else {
            Issue.record("no end within 20 s", sourceLocation: sourceLocation)
            return nil
        }
        #expect(report.reason == reason, "\(report.detail ?? "")", sourceLocation: sourceLocation)
        if let toBackend { #expect(report.bytesToBackend == UInt64(toBackend), sourceLocation: sourceLocation) }
        if let toClient { #expect(report.bytesToClient == UInt64(toClient), sourceLocation: sourceLocation) }
        return report
    }
}

extension StreamEnd {
    /// The peer sent RST.
    static let connectionReset = StreamEnd.reset(104)
}
