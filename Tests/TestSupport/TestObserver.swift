internal import DuplexLock
public import DuplexPosix
public import ProxyEngine

/// Keeps what an engine tells.
public final class TestObserver: EngineObserver, @unchecked Sendable {
    // Invariant for @unchecked Sendable: the arrays are used only while `lock` is held.
    private let lock = Lock()
    private let added = Condition()
    private var reports: [ConnectionReport] = []
    private var refused: [Refusal] = []
    private var failures: [SystemCallError] = []

    public init() {}

    public var wantsReports: Bool { true }
    public var refusals: [Refusal] { lock.withLock { refused } }
    public var acceptFailures: [SystemCallError] { lock.withLock { failures } }

    public func connectionEnded(_ report: ConnectionReport) {
        lock.withLock { reports.append(report) }
        added.broadcast()
    }

    public func clientRefused(_ refusal: Refusal, proxy: String, client: SocketAddress?) {
        lock.withLock { refused.append(refusal) }
        added.broadcast()
    }

    public func acceptFailed(_ error: SystemCallError, proxy: String) {
        lock.withLock { failures.append(error) }
        added.broadcast()
    }

    func nextReport(within seconds: Int) -> ConnectionReport? {
        let deadline = MonotonicTime.now.advanced(by: .seconds(seconds))
        return lock.withLock {
            while reports.isEmpty {
                if !added.wait(lock, untilNanoseconds: deadline.nanoseconds) { break }
            }
            return reports.isEmpty ? nil : reports.removeFirst()
        }
    }
}
