internal import CWolfSSL
internal import CWolfSSLShims
internal import DuplexLock
internal import Glibc

/// Owns one `WOLFSSL *` and the memory its I/O callbacks see.
///
/// wolfSSL's manual, chapter 9 "Thread Safety", allows one object to be shared by threads, but not to be read and
/// written at the same time: access must be synchronised. So every function here asserts that the caller holds the
/// session's lock, and takes the result, `wolfSSL_get_error`, the alert history and the error text in the same critical
/// section: `ssl->error` is one field for both directions, and the error queue belongs to the calling thread.
///
/// This is the only file that calls the library's handshake, read, write and shutdown functions.
final class WolfSSLObject {
    /// What a call of the library came to.
    enum Outcome {
        /// It did what it was asked to; for read and write, that many bytes.
        case done(Int)
        /// It needs more ciphertext than it was lent.
        case needsInput
        /// The peer's close_notify was read.
        case closeNotify
        case failed(TLSError)
    }

    let window: UnsafeMutablePointer<duplex_transport_window>
    private let object: OpaquePointer
    /// Whether the object's memory is put aside. Guarded by the session's lock.
    private var isFolded = false
    /// Held because the library asks it which application protocol to choose.
    private let context: TLSContext
    private let lock: Lock
    private let role: TLSRole
    /// The address that the server's certificate must name; nil when a host name, or nothing, was demanded.
    private let address: AddressLiteral?

    /// Makes an object of `context`.
    ///
    /// - Parameters:
    ///   - serverName: the client asks for this name and demands a certificate for it; a server binds its tickets to
    ///     it.
    ///   - lock: the session's lock, for the assertions.
    init(context: TLSContext, serverName: String?, lock: Lock) throws(TLSError) {
        duplex_memory_begin_object()
        let made = Self.inSession(of: context) { wolfSSL_new(context.pointer) }
        duplex_memory_end_object()
        guard let pointer = made else {
            duplex_clear_errors()
            throw TLSError(category: .library, reason: "wolfSSL_new failed")
        }
        object = pointer
        self.context = context
        self.lock = lock
        role = context.role
        address = context.role == .client ? serverName.flatMap { AddressLiteral($0) } : nil
        window = .allocate(capacity: 1)
        window.initialize(to: duplex_transport_window())
        duplex_transport_attach(pointer, window)
        // From here on deinit frees both if a line below throws.
        try offerProtocols(context.applicationProtocols)
        switch role {
        case .server: bindTickets(scope: context.ticketScope, serverName: serverName)
        case .client: try demand(serverName)
        }
    }

    deinit {
        duplex_memory_begin_free(window)
        wolfSSL_free(pointer)
        _ = duplex_memory_settle(window)
        duplex_transport_free_output(window.pointee.output)
        window.deallocate()
    }

    /// The library's object. Every use of it goes through here: a folded one is unfolded first.
    private var pointer: OpaquePointer {
        if isFolded {
            duplex_memory_unfold_object(object)
            isFolded = false
        }
        return object
    }

    /// Moves the handshake on as far as the lent ciphertext allows.
    func handshake() -> Outcome {
        lock.assertHeld()
        let plaintextAlert = plaintextAlert()
        let status = inSession { role == .server ? wolfSSL_accept(pointer) : wolfSSL_connect(pointer) }
        if status == duplex_wolfssl_success { return isAddressNamed() ? .done(0) : .failed(Self.otherAddress) }
        let outcome = outcome(of: status, failure: .handshake)
        guard case .failed(let error) = outcome, error.alertReceived == nil, let plaintextAlert else { return outcome }
        return .failed(
            TLSError(
                category: .alertReceived,
                code: error.code,
                reason: "the peer gave up",
                alertSent: error.alertSent,
                alertReceived: plaintextAlert
            )
        )
    }

    /// The alert in the lent ciphertext, if that is a whole alert record that is not encrypted.
    ///
    /// A TLS 1.3 client that refuses the server's certificate may have no keys to send with yet, and says so in
    /// plaintext; the library, which expects ciphertext by then, calls that a record that it cannot parse.
    private func plaintextAlert() -> TLSAlert? {
        let record = UnsafeRawBufferPointer(start: window.pointee.input, count: window.pointee.input_left)
        // Record type 21, version 0x03.., size 2, level, description (RFC 8446 §5.1, §6).
        guard record.count == 7, record[0] == 21, record[1] == 3, record[3] == 0, record[4] == 2 else { return nil }
        let alert = TLSAlert(rawValue: record[6])
        return alert == .closeNotify ? nil : alert
    }

    /// Decrypts into `plaintext`, which holds at least 1 byte.
    func read(into plaintext: UnsafeMutableRawBufferPointer) -> Outcome {
        lock.assertHeld()
        let status = inSession { wolfSSL_read(pointer, plaintext.baseAddress, Int32(clamping: plaintext.count)) }
        if status > 0 { return .done(Int(status)) }
        let outcome = outcome(of: status, failure: .protocolViolation)
        // RFC 8446 §6: in TLS 1.3 every alert but these two ends the connection, whatever its level; the library
        // ignores one at level warning.
        if case .needsInput = outcome, wolfSSL_version(pointer) == TLSVersion.tls13.rawValue,
            let alert = alertHistory().received, alert != .closeNotify, alert != .userCanceled
        {
            return .failed(
                TLSError(category: .alertReceived, reason: "the peer gave up", alertReceived: alert)
            )
        }
        return outcome
    }

    /// Decrypts the lent ciphertext, the one whole record at `record`, to where it lies.
    ///
    /// - Parameter largest: the most plaintext that a record of the session carries, bytes.
    /// - Returns: besides the outcome, where in `record` the plaintext begins.
    func open(_ record: UnsafeMutableRawBufferPointer, largest: Int) -> (outcome: Outcome, start: Int) {
        lock.assertHeld()
        let start = RecordLayer.headerSize
        let first = record.assumingMemoryBound(to: UInt8.self).baseAddress
        defer { duplex_transport_end_opening(window) }
        // A client is sent handshake messages of any size after the handshake: tickets (RFC 8446 §4.6.1).
        let lends = role == .server
        guard duplex_transport_begin_opening(window, first, record.count, lends ? largest : 0) != 0, let first else {
            // When it gives plaintext out, the library has all of the record in its own memory.
            return (read(into: UnsafeMutableRawBufferPointer(rebasing: record[start...])), start)
        }
        var byte: UInt8 = 0
        let outcome = withUnsafeMutableBytes(of: &byte) { read(into: $0) }
        guard case .done = outcome else { return (outcome, start) }
        let opening = window.pointee.opening
        guard let content = opening.content, pendingPlaintext == 0 else { return (.failed(Self.otherContent), start) }
        return (.done(opening.content_size), content - first)
    }

    private static let otherContent = TLSError(
        category: .library,
        reason: "the library found another content in a record than the device that decrypted it"
    )

    /// Decrypted bytes that the last read had no room for.
    var pendingPlaintext: Int {
        lock.assertHeld()
        return Int(wolfSSL_pending(pointer))
    }

    /// Encrypts all of `plaintext`, at most one record, into the window's output, whose room was reserved before.
    func write(_ plaintext: UnsafeRawBufferPointer) -> Outcome {
        lock.assertHeld()
        duplex_memory_lend_output(window, plaintext.count)
        let status = inSession { wolfSSL_write(pointer, plaintext.baseAddress, Int32(clamping: plaintext.count)) }
        guard duplex_memory_settle(window) == 0 else {
            return .failed(TLSError(category: .library, reason: "the library has kept the outbound queue"))
        }
        return status > 0 ? .done(Int(status)) : outcome(of: status, failure: .protocolViolation)
    }

    /// Encrypts the next record of what is staged in the window's output.
    func writeStaged() -> Outcome {
        lock.assertHeld()
        let least = Int(duplex_memory_least_lent)
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: least) { scratch in
            var count = 0
            let plaintext = duplex_transport_begin_record(window, scratch.baseAddress, least, &count)
            defer { duplex_transport_end_record(window) }
            return write(UnsafeRawBufferPointer(start: plaintext, count: count))
        }
    }

    /// Emits close_notify. To be called once: each further call may emit another one.
    func shutdown() -> Outcome {
        lock.assertHeld()
        let status = inSession { wolfSSL_shutdown(pointer) }
        let isSent = status == duplex_wolfssl_success || status == duplex_wolfssl_shutdown_not_done
        return isSent ? .done(0) : outcome(of: status, failure: .protocolViolation)
    }

    /// Emits a KeyUpdate (RFC 8446 §4.6.3). It asks for one back, unless the answer to the last that did is still to
    /// come: that is the library's way.
    func updateKeys() -> Outcome {
        lock.assertHeld()
        let status = inSession { wolfSSL_update_keys(pointer) }
        return status == duplex_wolfssl_success ? .done(0) : outcome(of: status, failure: .misuse)
    }

    /// Puts the object aside until it is used again, and gives the memory back that holds only zeros.
    func fold() {
        lock.assertHeld()
        if !isFolded { isFolded = duplex_memory_fold_object(object) != 0 }
    }

    /// Makes one call of the library as this session's: what the library makes meanwhile on this thread and gives no
    /// device can have the session's (`session_device.h`).
    private func inSession<Value>(_ call: () -> Value) -> Value { Self.inSession(of: context, call) }

    private static func inSession<Value>(of context: TLSContext, _ call: () -> Value) -> Value {
        let outer = duplex_session_enter(context.device?.id ?? duplex_wolfssl_no_device)
        defer { duplex_session_leave(outer) }
        return call()
    }

    /// What the handshake agreed on. Only after it is done.
    func info() -> SessionInfo {
        lock.assertHeld()
        let version = UInt16(truncatingIfNeeded: wolfSSL_version(pointer))
        return SessionInfo(
            version: TLSVersion(rawValue: version) ?? .tls12,
            suite: CipherSuite(rawValue: UInt16(truncatingIfNeeded: wolfSSL_get_current_cipher_suite(pointer))),
            applicationProtocol: applicationProtocol(),
            isResumed: wolfSSL_session_reused(pointer) != 0
        )
    }

    /// The most plaintext that a record carries, bytes: less than 16 KiB where the client asked for less (RFC 6066 §4).
    /// Only after the handshake is done.
    var recordPlaintext: Int {
        lock.assertHeld()
        let size = Int(wolfSSL_GetMaxOutputSize(pointer))
        return (1...RecordLayer.plaintextLimit).contains(size) ? size : RecordLayer.plaintextLimit
    }

    private func applicationProtocol() -> String? {
        var name: UnsafeMutablePointer<CChar>?
        var size: UInt16 = 0
        guard wolfSSL_ALPN_GetProtocol(pointer, &name, &size) == duplex_wolfssl_success, let name else { return nil }
        let bytes = UnsafeRawBufferPointer(start: name, count: Int(size))
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Turns a call's failure into an outcome, in the critical section of the call.
    private func outcome(of status: Int32, failure category: TLSError.Category) -> Outcome {
        let code = wolfSSL_get_error(pointer, status)
        switch code {
        case duplex_wolfssl_want_read: return .needsInput
        case duplex_wolfssl_zero_return: return .closeNotify
        default: break
        }
        let alerts = alertHistory()
        let isTheirs = alerts.received.map { $0 != .closeNotify } ?? false
        let error = TLSError(
            category: isTheirs ? .alertReceived : category,
            code: code,
            reason: TLSLibrary.text(code),
            alertSent: alerts.sent == .closeNotify ? nil : alerts.sent,
            alertReceived: isTheirs ? alerts.received : nil
        )
        duplex_clear_errors()
        return .failed(error)
    }

    private func alertHistory() -> (sent: TLSAlert?, received: TLSAlert?) {
        var history = WOLFSSL_ALERT_HISTORY()
        wolfSSL_get_alert_history(pointer, &history)
        return (Self.alert(history.last_tx), Self.alert(history.last_rx))
    }

    /// The library says -1 where there was no alert.
    private static func alert(_ entry: WOLFSSL_ALERT) -> TLSAlert? {
        UInt8(exactly: entry.code).map { TLSAlert(rawValue: $0) }
    }

    private func offerProtocols(_ protocols: [String]) throws(TLSError) {
        guard !protocols.isEmpty else { return }
        var list = Array(protocols.joined(separator: ",").utf8CString)
        let size = UInt32(clamping: list.count - 1)
        guard wolfSSL_UseALPN(pointer, &list, size, duplex_wolfssl_alpn_fail_on_mismatch) == duplex_wolfssl_success
        else {
            throw TLSError(category: .configuration, reason: "the application protocols were refused")
        }
    }

    private func demand(_ serverName: String?) throws(TLSError) {
        guard let serverName else { return }
        if address == nil {
            let size = UInt16(clamping: serverName.utf8.count)
            guard wolfSSL_UseSNI(pointer, UInt8(WOLFSSL_SNI_HOST_NAME), serverName, size) == duplex_wolfssl_success
            else {
                throw TLSError(category: .configuration, reason: "the server name \(serverName) was refused")
            }
        }
        guard wolfSSL_check_domain_name(pointer, address?.text ?? serverName) == duplex_wolfssl_success else {
            throw TLSError(category: .configuration, reason: "the server name \(serverName) was refused")
        }
    }

    /// Whether an entry of the server's certificate is the demanded address itself. The library's own check, which has
    /// passed by now, also lets a wildcard name and the common name stand for an address.
    private func isAddressNamed() -> Bool {
        guard let address, wolfSSL_CTX_get_verify_mode(context.pointer) != Int32(WOLFSSL_VERIFY_NONE) else {
            return true
        }
        guard let certificate = wolfSSL_get_peer_certificate(pointer) else { return false }
        defer { wolfSSL_X509_free(certificate) }
        while let name = wolfSSL_X509_get_next_altname(certificate) {
            if String(cString: name) == address.text { return true }
        }
        return false
    }

    private static let otherAddress = TLSError(
        category: .handshake,
        reason: "the certificate does not name the address that was dialled"
    )

    /// Writes SHA-256 of scope and server name where the ticket callbacks find it.
    private func bindTickets(scope: [UInt8], serverName: String?) {
        var text = scope
        text.append(0)
        text.append(contentsOf: (serverName ?? "").utf8)
        withUnsafeMutableBytes(of: &window.pointee.ticket_binding) { binding in
            let status = wc_Sha256Hash(
                text,
                UInt32(clamping: text.count),
                binding.baseAddress?.assumingMemoryBound(to: UInt8.self)
            )
            precondition(status == 0, "SHA-256 of a short text cannot fail: \(status)")
        }
    }
}
