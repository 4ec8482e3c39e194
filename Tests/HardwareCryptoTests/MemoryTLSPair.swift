#if HardwareCrypto
import CWolfSSLShims

/// The suites that the device serves, one protocol version and one length of key each.
enum CipherSuite: String, CaseIterable, Sendable {
    case tls13AES128 = "TLS13-AES128-GCM-SHA256"
    case tls13AES256 = "TLS13-AES256-GCM-SHA384"
    case tls12AES128 = "ECDHE-ECDSA-AES128-GCM-SHA256"
    case tls12AES256 = "ECDHE-ECDSA-AES256-GCM-SHA384"

    var isTLS13: Bool { self == .tls13AES128 || self == .tls13AES256 }

    /// A suite of TLS 1.2 names the signature, with which Ed25519 counts as ECDSA (RFC 8422 §2.1).
    func name(for identity: SelfSignedCertificate.Kind) -> String {
        guard !isTLS13, identity == .rsa2048 else { return rawValue }
        return "ECDHE-RSA-" + rawValue.dropFirst("ECDHE-ECDSA-".count)
    }
}

/// Source: RFC 8446 §4.2.7.
enum KeyExchangeGroup: Int32, CaseIterable, Sendable {
    case p256 = 23
    case p384 = 24
    case x25519 = 29
}

/// A TLS client and a TLS server whose records go through memory, both driven by the calling thread.
final class MemoryTLSPair {
    enum Failure: Error, Equatable {
        case setUp(String)
        case call(String, error: Int32)
    }

    /// One side: its object, its context and what it has received.
    final class Side {
        fileprivate let context: OpaquePointer
        fileprivate(set) var ssl: OpaquePointer
        fileprivate var inbound = [UInt8]()
        fileprivate var inboundStart = 0
        fileprivate weak var peer: Side?

        fileprivate init(
            isServer: Bool,
            suite: CipherSuite,
            worker: Worker,
            identity: SelfSignedCertificate.Kind,
            group: KeyExchangeGroup?
        ) throws {
            let deviceID = try worker.deviceID()
            let method =
                switch (isServer, suite.isTLS13) {
                case (true, true): wolfTLSv1_3_server_method()
                case (true, false): wolfTLSv1_2_server_method()
                case (false, true): wolfTLSv1_3_client_method()
                case (false, false): wolfTLSv1_2_client_method()
                }
            guard let context = wolfSSL_CTX_new(method) else { throw Failure.setUp("wolfSSL_CTX_new") }
            var complete = false
            defer { if !complete { wolfSSL_CTX_free(context) } }
            func check(_ call: String, _ code: Int32) throws {
                guard code == WOLFSSL_SUCCESS.asInt32 else { throw Failure.setUp("\(call): \(code)") }
            }
            try check("wolfSSL_CTX_SetDevId", wolfSSL_CTX_SetDevId(context, deviceID))
            try check("wolfSSL_CTX_set_cipher_list", wolfSSL_CTX_set_cipher_list(context, suite.name(for: identity)))
            if let group, suite.isTLS13 {
                var groups = [group.rawValue]
                try check("wolfSSL_CTX_set_groups", wolfSSL_CTX_set_groups(context, &groups, 1))
            } else if let group {
                let curve = UInt16(group.rawValue)
                try check("wolfSSL_CTX_UseSupportedCurve", wolfSSL_CTX_UseSupportedCurve(context, curve))
            }
            wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_NONE.asInt32, nil)
            if isServer {
                let identity = try SelfSignedCertificate.shared(identity)
                try check(
                    "wolfSSL_CTX_use_certificate_buffer",
                    wolfSSL_CTX_use_certificate_buffer(
                        context,
                        identity.certificate,
                        identity.certificate.count,
                        WOLFSSL_FILETYPE_ASN1.asInt32
                    )
                )
                try check(
                    "wolfSSL_CTX_use_PrivateKey_buffer",
                    wolfSSL_CTX_use_PrivateKey_buffer(
                        context,
                        identity.privateKey,
                        identity.privateKey.count,
                        WOLFSSL_FILETYPE_ASN1.asInt32
                    )
                )
                try check("wolfSSL_CTX_check_private_key", wolfSSL_CTX_check_private_key(context))
            }
            wolfSSL_CTX_SetIOSend(context) { _, bytes, count, side in
                guard let bytes, let side else { return WOLFSSL_CBIO_ERR_GENERAL.asInt32 }
                let buffer = UnsafeRawBufferPointer(start: bytes, count: Int(count))
                Unmanaged<Side>.fromOpaque(side).takeUnretainedValue().peer?.inbound.append(contentsOf: buffer)
                return count
            }
            wolfSSL_CTX_SetIORecv(context) { _, bytes, count, side in
                guard let bytes, let side else { return WOLFSSL_CBIO_ERR_GENERAL.asInt32 }
                let buffer = UnsafeMutableRawBufferPointer(start: bytes, count: Int(count))
                let taken = Unmanaged<Side>.fromOpaque(side).takeUnretainedValue().take(into: buffer)
                return taken == 0 ? WOLFSSL_CBIO_ERR_WANT_READ.asInt32 : taken
            }
            guard let ssl = wolfSSL_new(context) else { throw Failure.setUp("wolfSSL_new") }
            self.context = context
            self.ssl = ssl
            complete = true
            // The object outlives neither side, so the pointers cannot dangle.
            let this = Unmanaged.passUnretained(self).toOpaque()
            wolfSSL_SetIOReadCtx(ssl, this)
            wolfSSL_SetIOWriteCtx(ssl, this)
        }

        deinit {
            wolfSSL_free(ssl)
            wolfSSL_CTX_free(context)
        }

        private func take(into buffer: UnsafeMutableRawBufferPointer) -> Int32 {
            let count = min(buffer.count, inbound.count - inboundStart)
            inbound.withUnsafeBytes {
                buffer.copyMemory(from: .init(rebasing: $0[inboundStart..<inboundStart + count]))
            }
            inboundStart += count
            if inboundStart == inbound.count {
                inbound.removeAll(keepingCapacity: true)
                inboundStart = 0
            }
            return Int32(count)
        }

        /// Flips one bit of the ciphertext that waits to be read.
        func corruptInbound() {
            inbound[inbound.count - 1] ^= 1
        }

        func write(_ plaintext: [UInt8]) throws {
            let written = wolfSSL_write(ssl, plaintext, Int32(plaintext.count))
            guard written == plaintext.count else { throw failure("wolfSSL_write", written) }
        }

        /// What is there to be read, at most one record; empty if the library wants more ciphertext.
        func read() throws -> [UInt8] {
            var plaintext = [UInt8](repeating: 0, count: 16_384)
            let count = wolfSSL_read(ssl, &plaintext, Int32(plaintext.count))
            guard count > 0 else {
                let failure = failure("wolfSSL_read", count)
                if failure == .call("wolfSSL_read", error: WOLFSSL_ERROR_WANT_READ.asInt32) { return [] }
                throw failure
            }
            plaintext.removeLast(plaintext.count - Int(count))
            return plaintext
        }

        /// Asks the peer for new keys too (RFC 8446 §4.6.3).
        func updateKeys() throws {
            let result = wolfSSL_update_keys(ssl)
            guard result == WOLFSSL_SUCCESS.asInt32 else { throw failure("wolfSSL_update_keys", result) }
        }

        fileprivate func failure(_ call: String, _ result: Int32) -> Failure {
            .call(call, error: wolfSSL_get_error(ssl, result))
        }
    }

    let client: Side
    let server: Side

    /// Makes both sides and runs the handshake.
    ///
    /// - Parameter group: the one group that both sides offer; `nil` for what the library prefers.
    init(
        _ suite: CipherSuite,
        client clientWorker: Worker,
        server serverWorker: Worker,
        identity: SelfSignedCertificate.Kind = .p256,
        group: KeyExchangeGroup? = nil
    ) throws {
        client = try Side(isServer: false, suite: suite, worker: clientWorker, identity: identity, group: group)
        server = try Side(isServer: true, suite: suite, worker: serverWorker, identity: identity, group: group)
        client.peer = server
        server.peer = client
        defer { wc_ecc_fp_free() }
        // A handshake takes at most four flights; more turns mean that it makes no progress.
        for _ in 0..<8 {
            let connected = wolfSSL_connect(client.ssl)
            let accepted = wolfSSL_accept(server.ssl)
            if connected == WOLFSSL_SUCCESS.asInt32, accepted == WOLFSSL_SUCCESS.asInt32 { return }
            for (side, result) in [(client, connected), (server, accepted)] where result != WOLFSSL_SUCCESS.asInt32 {
                let failure = side.failure("handshake", result)
                guard failure == .call("handshake", error: WOLFSSL_ERROR_WANT_READ.asInt32) else { throw failure }
            }
        }
        throw Failure.setUp("the handshake does not end")
    }

    /// Sends `plaintext` from one side and gives what the other reads.
    func send(_ plaintext: [UInt8], from sender: Side, to receiver: Side) throws -> [UInt8] {
        try sender.write(plaintext)
        var received = [UInt8]()
        while received.count < plaintext.count {
            let piece = try receiver.read()
            guard !piece.isEmpty else { break }
            received += piece
        }
        return received
    }
}

extension BinaryInteger {
    /// The library's constants are imported as `Int32`, `Int` or an enumeration's raw value; its functions take `int`.
    var asInt32: Int32 { Int32(truncatingIfNeeded: self) }
}

extension RawRepresentable where RawValue: BinaryInteger {
    var asInt32: Int32 { Int32(truncatingIfNeeded: rawValue) }
}
#endif
