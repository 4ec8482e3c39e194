/// `[daemon]`: what concerns the process as a whole.
public struct DaemonConfiguration: Sendable, Equatable {
    /// The least severe log events that are written.
    public var logLevel: LogLevel

    /// The form of log lines.
    public var logFormat: LogFormat

    /// Connections of all proxies together; a client above that is refused at the door.
    public var maxConnections: Int

    /// Whether threads poll for a backend's reply.
    public var busyPolling: BusyPolling

    /// How long a stopping daemon lets its connections finish; zero closes them at once.
    public var drainTimeout: Duration

    /// Where the admin endpoint listens (`tcp` or `unix`), or nil for none.
    public var admin: ListenAddress?

    /// The defaults, unless told otherwise.
    public init(
        logLevel: LogLevel = .info,
        logFormat: LogFormat = .auto,
        maxConnections: Int = 10_000,
        busyPolling: BusyPolling = .auto,
        drainTimeout: Duration = .seconds(30),
        admin: ListenAddress? = nil
    ) {
        self.logLevel = logLevel
        self.logFormat = logFormat
        self.maxConnections = maxConnections
        self.busyPolling = busyPolling
        self.drainTimeout = drainTimeout
        self.admin = admin
    }
}
