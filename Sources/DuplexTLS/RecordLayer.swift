internal import CWolfSSLShims

/// Constants and framing of TLS records (RFC 8446 §5.1, RFC 5246 §6.2).
public enum RecordLayer {
    /// Type, legacy version and length, bytes.
    public static let headerSize = 5
    /// The most plaintext that one record carries, bytes.
    public static let plaintextLimit = 16_384
    /// The most ciphertext that one record carries under TLS 1.2, bytes; TLS 1.3 allows 256 over the plaintext.
    public static let ciphertextLimit = plaintextLimit + 2_048
    /// A whole record of the largest size, header included, bytes. A receive buffer holds at least this.
    public static let recordSizeLimit = headerSize + ciphertextLimit

    /// How many of the first bytes of `ciphertext` make up one whole record.
    ///
    /// - Returns: the record's size; nil when more bytes are needed. Bytes that cannot be a record (unknown type, a
    ///   length over ``ciphertextLimit``) count whole, so that the library sees them and answers with its alert.
    static func firstRecordSize(_ ciphertext: UnsafeRawBufferPointer) -> Int? {
        guard ciphertext.count > 0 else { return nil }
        guard (20...24).contains(ciphertext[0]) else { return ciphertext.count >= headerSize ? ciphertext.count : nil }
        guard ciphertext.count >= headerSize else { return nil }
        let length = Int(ciphertext[3]) << 8 | Int(ciphertext[4])
        guard length <= ciphertextLimit else { return ciphertext.count }
        return ciphertext.count >= headerSize + length ? headerSize + length : nil
    }

    /// How a record frames its plaintext (RFC 8446 §5.2, RFC 5288 §3, RFC 7905 §2).
    ///
    /// - Parameter plaintext: the most that a record of the session carries, bytes.
    static func frame(_ info: SessionInfo, plaintext: Int) -> duplex_record_frame {
        switch (info.version, info.suite.rawValue) {
        // Content type and tag.
        case (.tls13, _): duplex_record_frame(before: headerSize, plaintext: plaintext, behind: 1 + 16)
        // ChaCha20-Poly1305: no explicit nonce.
        case (.tls12, 0xCCA8), (.tls12, 0xCCA9):
            duplex_record_frame(before: headerSize, plaintext: plaintext, behind: 16)
        case (.tls12, _): duplex_record_frame(before: headerSize + 8, plaintext: plaintext, behind: 16)
        }
    }
}
