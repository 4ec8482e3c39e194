/// Bounds of a session. Each is chosen; the constants of the specification are in ``RecordLayer``.
public enum SessionLimits {
    /// Ciphertext that reading alone (KeyUpdate answers, alerts) may leave in the outbound queue, bytes.
    ///
    /// A KeyUpdate answer is 27 bytes, so about 600 of them may wait behind a peer that does not read, on top of what
    /// the sockets hold. A peer that makes us emit more without reading is cut off with
    /// ``TLSError/Category/outputFlood``.
    public static let readerOutputLimit = 16 * 1024
    /// Records after which the key they were protected with is changed under TLS 1.3. AES-GCM may protect 2^24.5 with one
    /// key (RFC 8446 §5.5).
    static let recordsPerKey = 1 << 24
}
