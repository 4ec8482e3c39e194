/// The certificate and the key of one proxy: files that are there and readable, with contents not looked at yet.
public struct CredentialFiles: Sendable, Equatable {
    /// The proxy's place in the file, from 0; `ConfigurationKey.proxy(proxyIndex, "tls", "private_key")` is the key.
    public let proxyIndex: Int

    /// Absolute path.
    public let certificate: String

    /// Absolute path.
    public let privateKey: String
}
