internal import DuplexTLS

/// Why a connection ended. The closed list that logs and counters share.
public enum CloseReason: String, Sendable, CaseIterable {
    /// Both directions ended cleanly (rows a, c).
    case finished
    /// The client's TCP stream ended without close_notify (row b).
    case clientTruncated = "client_truncated"
    /// The client reset the connection, or went away while the reply was being sent (row e).
    case clientReset = "client_reset"
    /// The client broke the TLS protocol: a bad record, an unexpected message (row h).
    case clientViolation = "client_violation"
    /// The client sent a fatal alert (row h).
    case clientAlert = "client_alert"
    /// The client made us answer without reading the answers (KeyUpdates).
    case outputFlood = "output_flood"
    /// The backend reset the connection (row d).
    case backendReset = "backend_reset"
    /// The backend stopped reading before the client had finished; its reply was delivered (rows f, i).
    case backendClosedEarly = "backend_closed_early"
    /// One direction had ended and the other made no progress for `half_closed` (row g).
    case halfClosedTimeout = "half_closed_timeout"
    /// No byte in either direction for `idle` (row k).
    case idleTimeout = "idle_timeout"
    /// Still open when the drain deadline of a stop passed (row j).
    case drained
    /// Closed at once because the operator asked twice.
    case stopped
    /// The handshake failed.
    case handshakeFailed = "handshake_failed"
    /// The handshake was not complete within `handshake`.
    case handshakeTimeout = "handshake_timeout"
    /// The client's first bytes were no ClientHello.
    case notTLS = "not_tls"
    /// The ClientHello was larger than the limit.
    case helloTooLarge = "hello_too_large"
    /// The client went away before the handshake was complete.
    case clientVanished = "client_vanished"
    /// No backend could be reached.
    case backendUnreachable = "backend_unreachable"
    /// No backend answered within `connect`.
    case backendTimeout = "backend_timeout"
    /// The system had no thread or no memory for the connection.
    case noResources = "no_resources"
}

extension CloseReason {
    /// What the failure of an established session is called.
    init(_ failure: TLSError) {
        switch failure.category {
        case .alertReceived: self = .clientAlert
        case .outputFlood: self = .outputFlood
        case .library: self = .noResources
        default: self = .clientViolation
        }
    }
}
