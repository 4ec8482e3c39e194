internal import CWolfSSL
internal import CWolfSSLShims

/// Sets a new `WOLFSSL_CTX` up, one concern a function, each with its own error. Does not own the context.
struct ContextSetup {
    let pointer: OpaquePointer

    /// Makes a context with memory-only I/O and nothing of the library's defaults that matters.
    init(role: TLSRole) throws(TLSError) {
        try TLSLibrary.initialise()
        let method = role == .server ? wolfSSLv23_server_method() : wolfSSLv23_client_method()
        guard let pointer = wolfSSL_CTX_new(method) else {
            throw TLSError(category: .library, reason: "wolfSSL_CTX_new failed")
        }
        self.pointer = pointer
        duplex_transport_install(pointer)
        // The default of this build retries a callback that has nothing to read ten times.
        wolfSSL_CTX_clear_mode(pointer, Int(duplex_wolfssl_mode_auto_retry))
        // The cache holds 33 sessions, secrets included, in 1.2 MB and under locks; tickets do its work without. Turned
        // off alone, it still takes every session for which a ticket was issued (WOLFSSL_FORCE_CACHE_ON_TICKET).
        wolfSSL_CTX_set_session_cache_mode(pointer, Int(WOLFSSL_SESS_CACHE_OFF))
        wolfSSL_CTX_set_session_cache_mode(pointer, Int(WOLFSSL_SESS_CACHE_NO_INTERNAL))
    }

    func apply(_ policy: TLSPolicy) throws(TLSError) {
        try check(
            wolfSSL_CTX_set_min_proto_version(pointer, Int32(policy.versions.lowerBound.rawValue)),
            "the lowest TLS version was refused"
        )
        try check(
            wolfSSL_CTX_set_max_proto_version(pointer, Int32(policy.versions.upperBound.rawValue)),
            "the highest TLS version was refused"
        )
        try check(wolfSSL_CTX_set_cipher_list(pointer, policy.suiteList), "the cipher suites were refused")
        // Not wolfSSL_CTX_set_groups: that one orders the groups of TLS 1.3, and a TLS 1.2 client is still served with
        // P-521 or X448 when it puts them first. This one sets the same order and disables every other curve.
        try check(wolfSSL_CTX_set1_curves_list(pointer, TLSPolicy.groupList), "the groups were refused")
        try check(
            wolfSSL_CTX_set1_sigalgs_list(pointer, TLSPolicy.signatureAlgorithms),
            "the signature algorithms were refused"
        )
        try check(wolfSSL_CTX_SetMinRsaKey_Sz(pointer, TLSPolicy.minimumRSAKeySize), "the least RSA key was refused")
        try check(wolfSSL_CTX_SetMinEccKey_Sz(pointer, TLSPolicy.minimumECKeySize), "the least EC key was refused")
    }

    func apply(_ identity: TLSIdentity) throws(TLSError) {
        try check(
            wolfSSL_CTX_use_certificate_chain_buffer(
                pointer,
                identity.certificateChain,
                identity.certificateChain.count
            ),
            "the certificate chain was refused"
        )
        let status = wolfSSL_CTX_use_PrivateKey_buffer(
            pointer,
            identity.privateKey,
            identity.privateKey.count,
            duplex_wolfssl_filetype_pem
        )
        try check(status, "the private key was refused (accepted: an unencrypted RSA, ECDSA or Ed25519 key in PEM)")
        try check(
            wolfSSL_CTX_check_private_key(pointer),
            "the private key does not fit the certificate"
        )
    }

    func apply(_ trust: ClientSettings.Trust) throws(TLSError) {
        switch trust {
        case .anyone:
            wolfSSL_CTX_set_verify(pointer, Int32(WOLFSSL_VERIFY_NONE), nil)
            return
        case .system:
            try check(wolfSSL_CTX_load_system_CA_certs(pointer), "the system's certificate authorities were refused")
        case .anchors(let pem):
            try check(
                wolfSSL_CTX_load_verify_buffer(pointer, pem, pem.count, duplex_wolfssl_filetype_pem),
                "the certificate authorities were refused"
            )
        }
        wolfSSL_CTX_set_verify(pointer, Int32(WOLFSSL_VERIFY_PEER), nil)
    }

    /// Chooses, of the protocols that a client offers, the one that stands first in the context's list: by itself the
    /// library takes the one that stands first in the client's.
    ///
    /// - Parameter context: asked for its list; whoever holds an object of it holds `context` too.
    func applyProtocolOrder(of context: TLSContext) {
        wolfSSL_CTX_set_alpn_select_cb(
            pointer,
            { _, chosen, chosenSize, offered, offeredSize, context in
                guard let chosen, let chosenSize, let context else { return 1 }
                let protocols = Unmanaged<TLSContext>.fromOpaque(context).takeUnretainedValue().applicationProtocols
                let offers = UnsafeRawBufferPointer(start: offered, count: Int(offeredSize))
                guard let range = ContextSetup.firstMatch(of: protocols, in: offers) else { return 1 }
                chosen.pointee = offered?.advanced(by: range.lowerBound)
                chosenSize.pointee = UInt8(clamping: range.count)
                return 0
            },
            Unmanaged.passUnretained(context).toOpaque()
        )
    }

    /// Where in a client's list (RFC 7301 §3.1: names, each after a byte with its size) the first of `protocols` that
    /// it holds stands. Nil when it holds none: the library then sends `no_application_protocol`.
    private static func firstMatch(of protocols: [String], in offers: UnsafeRawBufferPointer) -> Range<Int>? {
        var names: [Range<Int>] = []
        var start = 0
        while start < offers.count {
            let end = start + 1 + Int(offers[start])
            guard end <= offers.count else { return nil }
            names.append(start + 1..<end)
            start = end
        }
        for name in protocols {
            if let range = names.first(where: { offers[$0].elementsEqual(name.utf8) }) { return range }
        }
        return nil
    }

    func applyTickets(_ keys: TicketKeys?) throws(TLSError) {
        guard let keys else {
            try check(wolfSSL_CTX_no_ticket_TLSv13(pointer) == 0 ? 1 : 0, "tickets could not be turned off")
            try check(wolfSSL_CTX_NoTicketTLSv12(pointer), "tickets could not be turned off")
            return
        }
        try check(
            duplex_ticket_keys_install(pointer, keys.pointer, TicketKeys.ticketLifetime),
            "the ticket keys were refused"
        )
    }

    func apply(_ device: CryptoDevice?) {
        wolfSSL_CTX_SetDevId(pointer, device?.id ?? duplex_wolfssl_no_device)
    }

    private func check(_ status: Int32, _ refusal: String) throws(TLSError) {
        guard status == duplex_wolfssl_success else {
            let text = status < 0 ? ": " + TLSLibrary.text(status) : ""
            duplex_clear_errors()
            throw TLSError(category: .configuration, code: min(status, 0), reason: refusal + text)
        }
        duplex_clear_errors()
    }
}
