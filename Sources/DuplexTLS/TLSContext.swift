internal import CWolfSSL
internal import CWolfSSLShims

/// A policy, an identity and everything else that sessions have in common: owns one `WOLFSSL_CTX`.
///
/// - Thread: any. The library counts references to a context under its own lock and never changes one that sessions
///   use; this type changes it only while it is being made.
public final class TLSContext: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `pointer` is written in `init` alone, and after that only given to wolfSSL_new
    // and wolfSSL_CTX_free, which are safe from every thread.
    let pointer: OpaquePointer
    public let role: TLSRole
    public let policy: TLSPolicy
    /// The end entity's certificate of a server context; nil for a client.
    public let certificate: CertificateFacts?
    let applicationProtocols: [String]
    /// Where its sessions' cryptography runs; nil: in the library itself.
    let device: CryptoDevice?
    let ticketScope: [UInt8]
    private let ticketKeys: TicketKeys?

    /// Makes a server context.
    ///
    /// - Throws: ``TLSError`` of category `configuration` with the part that was refused: the chain, the key, a key
    ///   that does not fit the certificate, a policy that the library does not know.
    public init(server settings: ServerSettings) throws(TLSError) {
        role = .server
        policy = settings.policy
        applicationProtocols = settings.applicationProtocols
        device = settings.device
        ticketKeys = settings.ticketKeys
        ticketScope = Array(settings.ticketScope.utf8)
        certificate = try CertificateFacts(pem: settings.identity.certificateChain)
        let setup = try ContextSetup(role: .server)
        pointer = setup.pointer
        // Every member is set: from here on deinit runs if this throws, and frees the context.
        try setup.apply(policy)
        try setup.apply(settings.identity)
        if !applicationProtocols.isEmpty { setup.applyProtocolOrder(of: self) }
        try setup.applyTickets(settings.ticketKeys)
        setup.apply(settings.device)
        wolfSSL_CTX_set_verify(pointer, Int32(WOLFSSL_VERIFY_NONE), nil)
        do {
            try TrialHandshake.run(self)
        } catch {
            throw TLSError(
                category: .configuration,
                code: error.code,
                reason: "the private key does not fit the certificate, a trial handshake failed: \(error.reason)"
            )
        }
    }

    /// Makes a client context.
    ///
    /// - Throws: ``TLSError`` of category `configuration` when the trust anchors or the policy are refused.
    public init(client settings: ClientSettings) throws(TLSError) {
        role = .client
        policy = settings.policy
        applicationProtocols = settings.applicationProtocols
        device = settings.device
        ticketKeys = nil
        ticketScope = []
        certificate = nil
        let setup = try ContextSetup(role: .client)
        pointer = setup.pointer
        try setup.apply(policy)
        try setup.apply(settings.trust)
        setup.apply(settings.device)
    }

    deinit { wolfSSL_CTX_free(pointer) }
}
