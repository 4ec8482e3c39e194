/// The whole configuration of one duplexd, checked and with every default filled in.
///
/// `load(path:)` and `parse(bytes:file:folder:)` make one from TOML and check every value. Values made with the
/// initialisers are taken as they are.
public struct Configuration: Sendable, Equatable {
    /// What concerns the process as a whole: `[daemon]`.
    public var daemon: DaemonConfiguration

    /// One entry for each `[[proxy]]`, in the order of the file.
    public var proxies: [ProxyConfiguration]

    public init(daemon: DaemonConfiguration = DaemonConfiguration(), proxies: [ProxyConfiguration]) {
        self.daemon = daemon
        self.proxies = proxies
    }
}
