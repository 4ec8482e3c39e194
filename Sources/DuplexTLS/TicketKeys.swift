internal import CWolfSSLShims

/// The keys that session tickets are sealed with, shared by the contexts of a process so that tickets outlive a reload.
///
/// A ticket is bound to its context's scope and to the server name of its session: offered under another one it is
/// refused, and the client does a full handshake (compare CVE-2025-23419).
///
/// - Thread: any.
public final class TicketKeys: @unchecked Sendable {
    // Invariant for @unchecked Sendable: the C object guards itself with a mutex; the pointer never changes.
    let pointer: OpaquePointer

    /// How long a ticket may be used, seconds. RFC 8446 §4.6.1 allows at most 604,800 (7 days). The library checks a
    /// ticket's age under TLS 1.3 alone; under 1.2 the keys' lifetime bounds it.
    public static let ticketLifetime: UInt32 = 7_200

    /// Makes fresh keys.
    ///
    /// - Parameter lifetime: seconds after which a new key seals; the one before it opens tickets as long again.
    /// - Throws: ``TLSError`` of category `library` when memory or randomness is not to be had.
    public init(lifetime: UInt32 = 3_600) throws(TLSError) {
        try TLSLibrary.initialise()
        guard let pointer = duplex_ticket_keys_new(lifetime) else {
            throw TLSError(category: .library, reason: "no session ticket keys could be made")
        }
        self.pointer = pointer
    }

    deinit { duplex_ticket_keys_free(pointer) }
}
