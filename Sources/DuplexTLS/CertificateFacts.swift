internal import CWolfSSLShims
internal import Glibc

/// What an operator wants to know of a certificate.
public struct CertificateFacts: Sendable, Equatable {
    /// The subject's distinguished name, such as `/CN=example.org`.
    public let subject: String
    /// The DNS names of the subjectAltName extension.
    public let names: [String]
    /// The first and the last second of its validity, in seconds since 1970-01-01 UTC.
    public let notBefore: Int64
    public let notAfter: Int64

    /// Reads the first certificate of PEM text.
    ///
    /// - Throws: ``TLSError`` of category `configuration` when there is none.
    public init(pem: [UInt8]) throws(TLSError) {
        try TLSLibrary.initialise()
        var facts = duplex_certificate_facts()
        let status = duplex_certificate_facts_read(pem, pem.count, &facts)
        duplex_clear_errors()
        guard status == 0 else {
            throw TLSError(category: .configuration, code: status, reason: "no certificate in PEM was found")
        }
        defer { free(facts.names) }
        subject = withUnsafeBytes(of: &facts.subject) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        names = UnsafeRawBufferPointer(start: facts.names, count: facts.names_size)
            .split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        notBefore = facts.not_before
        notAfter = facts.not_after
    }
}
