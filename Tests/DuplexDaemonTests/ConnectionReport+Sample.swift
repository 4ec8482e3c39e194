import DuplexPosix
import DuplexTLS

@testable import ProxyEngine

extension ConnectionReport {
    /// A connection with every fact that a report can have.
    static func sample(client: SocketAddress) -> ConnectionReport {
        ConnectionReport(
            id: 3,
            proxy: "web",
            client: client,
            reason: .clientAlert,
            detail: "because of it",
            session: .sample,
            serverName: "localhost",
            bytesToBackend: 5,
            bytesToClient: 6,
            duration: .milliseconds(1500),
            alertSent: nil,
            alertReceived: TLSAlert(rawValue: 42)
        )
    }
}
