/// A named set of TLS versions and cipher suites. The raw value is the spelling in the file.
public enum TLSPolicy: String, Sendable, Equatable, CaseIterable {
    /// TLS 1.2 and 1.3, AEAD suites with forward secrecy only.
    case intermediate

    /// TLS 1.3 only.
    case modern
}
