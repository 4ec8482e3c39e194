internal import DuplexConfig
internal import DuplexPosix
internal import DuplexTLS

/// A certificate and its key, read and tried: a context, and what is wrong or doubtful about them.
struct CredentialCheck {
    let proxyIndex: Int
    /// Nil when one of the problems is an error.
    private(set) var context: TLSContext?
    private(set) var problems: [ConfigurationProblem] = []

    private let outcome: ConfigurationOutcome
    private let files: CredentialFiles

    /// The most bytes of a certificate or key file: a chain of ten is some 20 KiB.
    static let fileByteLimit = 1 << 20
    /// From this long before its end on, a certificate gets a warning, seconds: 14 days.
    static let renewalTime: Int64 = 14 * 86_400

    /// - Parameter proxy: what the certificate is for; nil where the configuration has other errors.
    init(
        files: CredentialFiles,
        in outcome: ConfigurationOutcome,
        proxy: ProxyConfiguration?,
        ticketKeys: TicketKeys?,
        device: CryptoDevice?,
        now: UTCTime
    ) {
        self.outcome = outcome
        self.files = files
        proxyIndex = files.proxyIndex
        guard let identity = readIdentity() else { return }
        var settings = ServerSettings(identity: identity, ticketKeys: ticketKeys, device: device)
        if let proxy {
            settings.policy = proxy.tls.policy.settings
            settings.applicationProtocols = proxy.tls.alpn
            settings.ticketScope = proxy.name
        }
        context = makeContext(settings)
        if let certificate = context?.certificate { check(certificate, now: now) }
    }

    /// A context of `settings`; nil, and a problem added, when it is refused.
    private mutating func makeContext(_ settings: ServerSettings) -> TLSContext? {
        do {
            return try TLSContext(server: settings)
        } catch {
            refuse(error)
            return nil
        }
    }

    // MARK: Reading

    private mutating func readIdentity() -> TLSIdentity? {
        let certificate = read(files.certificate, key: certificateKey)
        let privateKey = read(files.privateKey, key: privateKeyKey)
        guard let certificate, let privateKey else { return nil }
        let isCertificate = Self.contains(certificate, "-----BEGIN CERTIFICATE-----")
        let isPrivateKey = Self.contains(privateKey, "PRIVATE KEY-----")
        if !isCertificate {
            add(certificateKey, files.certificate, "no certificate in PEM in it", Self.acceptedCertificate)
        }
        if !isPrivateKey {
            add(privateKeyKey, files.privateKey, "no private key in PEM in it", Self.acceptedKey)
        } else if Self.contains(privateKey, "ENCRYPTED") {
            add(privateKeyKey, files.privateKey, "the private key is encrypted", Self.acceptedKey)
            return nil
        }
        guard isCertificate, isPrivateKey else { return nil }
        return TLSIdentity(certificateChain: certificate, privateKey: privateKey)
    }

    private mutating func read(_ path: String, key: ConfigurationKey) -> [UInt8]? {
        do {
            return try RegularFile.read(path, limit: Self.fileByteLimit)
        } catch {
            add(key, path, "the file cannot be read (\(error.reason))", "a readable file of at most 1 MiB")
            return nil
        }
    }

    // MARK: Judging

    /// Names the file that a refusal of the TLS library is about. Its texts say which part was refused.
    private mutating func refuse(_ error: TLSError) {
        if error.reason.contains("private key") {
            add(
                privateKeyKey,
                files.privateKey,
                error.description,
                "the unencrypted key of \(quoted(files.certificate))"
            )
        } else if error.reason.contains("certificate") {
            add(certificateKey, files.certificate, error.description, Self.acceptedCertificate)
        } else {
            problems.append(
                outcome.problem(
                    at: .proxy(proxyIndex, "tls"),
                    accepted: "what wolfSSL \(TLSLibrary.version) supports",
                    reason: error.description
                )
            )
        }
    }

    private mutating func check(_ certificate: CertificateFacts, now: UTCTime) {
        let (begin, end) = (certificate.notBefore, certificate.notAfter)
        if now.seconds > end {
            warn("the certificate expired at \(UTCTime(seconds: end).text)")
        } else if now.seconds < begin {
            warn("the certificate is not valid before \(UTCTime(seconds: begin).text)")
        } else if end - now.seconds < Self.renewalTime {
            warn("the certificate expires soon, at \(UTCTime(seconds: end).text)")
        }
    }

    private mutating func warn(_ reason: String) {
        problems.append(
            outcome.problem(
                at: certificateKey,
                found: quoted(files.certificate),
                accepted: "a certificate that is valid for \(Self.renewalTime / 86_400) days or more",
                reason: reason,
                severity: .warning
            )
        )
    }

    private mutating func add(_ key: ConfigurationKey, _ path: String, _ reason: String, _ accepted: String) {
        problems.append(outcome.problem(at: key, found: quoted(path), accepted: accepted, reason: reason))
    }

    private var certificateKey: ConfigurationKey { .proxy(proxyIndex, "tls", "certificate") }
    private var privateKeyKey: ConfigurationKey { .proxy(proxyIndex, "tls", "private_key") }

    private func quoted(_ path: String) -> String { ConfigurationProblem.quoted(path) }

    private static let acceptedCertificate = "PEM: the server's certificate, then its chain without the root"
    private static let acceptedKey = "PEM: an unencrypted RSA, ECDSA or Ed25519 key"

    private static func contains(_ bytes: [UInt8], _ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard bytes.count >= wanted.count else { return false }
        return (0...(bytes.count - wanted.count)).contains { bytes[$0..<($0 + wanted.count)].elementsEqual(wanted) }
    }
}
