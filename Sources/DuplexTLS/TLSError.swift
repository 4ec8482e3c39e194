/// Why a TLS operation failed. Branch on ``category``; print the rest.
public struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of failure it is.
    public enum Category: Sendable, Hashable {
        /// The library could not be initialised, or memory is exhausted.
        case library
        /// A certificate, key or policy was refused.
        case configuration
        /// The handshake failed: no common version or suite, a bad message, a certificate that was not accepted.
        case handshake
        /// The peer broke the protocol after the handshake: bad record, unexpected message.
        case protocolViolation
        /// The peer sent a fatal alert; see ``TLSError/alertReceived``.
        case alertReceived
        /// The peer makes us emit ciphertext without reading it; see ``SessionLimits/readerOutputLimit``.
        case outputFlood
        /// The caller broke the contract: wrote after close_notify, or used a session that had already failed.
        case misuse
    }

    public let category: Category
    /// The library's error code, negative, or 0 when the failure is not the library's.
    public let code: Int32
    /// What happened, one sentence without a full stop.
    public let reason: String
    /// The alert that this session sent because of it, if any.
    public let alertSent: TLSAlert?
    /// The alert that the peer sent, if any.
    public let alertReceived: TLSAlert?

    public init(
        category: Category,
        code: Int32 = 0,
        reason: String,
        alertSent: TLSAlert? = nil,
        alertReceived: TLSAlert? = nil
    ) {
        self.category = category
        self.code = code
        self.reason = reason
        self.alertSent = alertSent
        self.alertReceived = alertReceived
    }

    public var description: String {
        var text = reason
        if code != 0 { text += " (wolfSSL \(code))" }
        if let alertReceived { text += ", alert received: \(alertReceived)" }
        if let alertSent { text += ", alert sent: \(alertSent)" }
        return text
    }
}
