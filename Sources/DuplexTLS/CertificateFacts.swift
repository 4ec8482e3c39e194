internal import CWolfSSL
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
        guard
            let certificate = wolfSSL_X509_load_certificate_buffer(
                pem, Int32(clamping: pem.count), duplex_wolfssl_filetype_pem
            )
        else {
            duplex_clear_errors()
            throw TLSError(category: .configuration, reason: "no certificate in PEM was found")
        }
        defer { wolfSSL_X509_free(certificate) }
        subject = Self.name(wolfSSL_X509_get_subject_name(certificate))
        var names: [String] = []
        while let name = wolfSSL_X509_get_next_altname(certificate) { names.append(String(cString: name)) }
        self.names = names
        guard let notBefore = Self.seconds(wolfSSL_X509_get_notBefore(certificate)),
            let notAfter = Self.seconds(wolfSSL_X509_get_notAfter(certificate))
        else { throw TLSError(category: .configuration, reason: "the certificate's validity cannot be read") }
        self.notBefore = notBefore
        self.notAfter = notAfter
        duplex_clear_errors()
    }

    private static func name(_ name: OpaquePointer?) -> String {
        guard let text = wolfSSL_X509_NAME_oneline(name, nil, 0) else { return "" }
        defer { duplex_free(text) }
        return String(cString: text)
    }

    private static func seconds(_ time: UnsafePointer<WOLFSSL_ASN1_TIME>?) -> Int64? {
        var parts = tm()
        guard let time, wolfSSL_ASN1_TIME_to_tm(time, &parts) == duplex_wolfssl_success else { return nil }
        return Int64(timegm(&parts))
    }
}
