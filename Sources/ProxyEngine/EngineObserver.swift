public import DuplexPosix

/// Who is told what the engine does. Called on the engine's threads, with no lock held.
public protocol EngineObserver: Sendable {
    /// Whether ``connectionEnded(_:)`` is of interest now. Asked once a connection; false spares the report.
    var wantsReports: Bool { get }

    /// A connection has ended and all of it has been given back.
    func connectionEnded(_ report: ConnectionReport)

    /// A client was turned away before its connection began.
    func clientRefused(_ refusal: Refusal, proxy: String, client: SocketAddress?)

    /// Accepting failed for a reason that is not the client's.
    func acceptFailed(_ error: SystemCallError, proxy: String)
}
