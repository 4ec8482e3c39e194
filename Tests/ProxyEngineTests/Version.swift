import DuplexTLS

/// The TLS version that a test's client is pinned to.
enum Version: String, Sendable, CaseIterable {
    case tls12, tls13

    var policy: TLSPolicy { self == .tls12 ? .tls12Only : .modern }
}
