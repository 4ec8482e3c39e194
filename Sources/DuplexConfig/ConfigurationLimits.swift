/// The bounds of a configuration: what each number and duration may be, and how much of anything there may be.
enum ConfigurationLimits {
    // Set by others.

    /// Bytes of a Unix socket's path: `sun_path` is 108 bytes with its final NUL. Source: unix(7).
    static let unixPathByteLimit = 107

    /// Bytes of one ALPN protocol name. Source: RFC 7301 §3.1.
    static let alpnNameByteLimit = 255

    /// Bytes of a path: PATH_MAX without its final NUL. Source: limits.h.
    static let pathByteLimit = 4095

    // Chosen here.

    /// Bytes of the file: a thousand proxies with every key fit, and a wrong path to a huge file costs no memory.
    static let fileByteLimit = 1 << 20

    /// Parts of one dotted key or table header; the schema needs 3. The parser frees nested tables recursively:
    /// on an 8 MiB stack, toml++ 3.4 ends with SIGSEGV on a key of 20,000 parts (-O0) or 100,000 (-O2) that is followed
    /// by a syntax error. 1,000 parts were no harm.
    static let keyPartLimit = 16

    /// Levels of arrays and inline tables inside one value; the schema needs 1. For the same reason.
    static let nestingLimit = 16

    /// Elements of one array, and `[[proxy]]` tables, whose positions are remembered.
    static let locatedIndexLimit = 1_000

    /// `[[proxy]]` tables.
    static let proxyLimit = 1_000

    /// Addresses in one `listen`, and in one `backend`.
    static let addressLimit = 64

    /// Names in one `alpn`.
    static let alpnLimit = 16

    /// Bytes of a proxy's name, which is part of thread names, log lines and metrics.
    static let proxyNameByteLimit = 64

    /// Problems reported of one file; a file with more is not the file that was meant.
    static let problemLimit = 500

    /// Each connection has two threads, and Linux has at most 4,194,304 (`kernel.pid_max`).
    static let maxConnections = 1...1_000_000

    /// Zero closes all connections at once. Above an hour, whoever stops the service does not wait any more.
    static let drainTimeout: ClosedRange<Duration> = .zero ... .seconds(3_600)

    /// Under 100 ms a handshake over a long way cannot end; a client that needs five minutes is none.
    static let handshake: ClosedRange<Duration> = .milliseconds(100) ... .seconds(300)

    /// As `handshake`; the kernel itself gives up after about two minutes.
    static let connect: ClosedRange<Duration> = .milliseconds(100) ... .seconds(300)

    /// Up to a week, for subscribers that only ever wait.
    static let idle: ClosedRange<Duration> = .milliseconds(100) ... .seconds(7 * 86_400)

    /// Up to a day, for a last upload that waits for somebody.
    static let halfClosed: ClosedRange<Duration> = .milliseconds(100) ... .seconds(86_400)

    /// Meant for a reply that is on its way, not for one that is still being made.
    static let truncationGrace: ClosedRange<Duration> = .milliseconds(100) ... .seconds(300)
}
