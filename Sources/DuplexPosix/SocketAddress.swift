internal import DuplexLock
internal import Glibc

/// The address of a socket: IPv4, IPv6 or Unix.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// The bytes of a `sockaddr_in`, `sockaddr_in6` or `sockaddr_un`.
    private let bytes: [UInt8]

    /// The most bytes that a Unix socket's path may have: `sun_path` less its terminator.
    public static let pathLimit = 107

    /// The address of a Unix socket; nil when the path is empty, too long or holds a zero byte.
    public init?(path: String) {
        let text = Array(path.utf8)
        guard (1...Self.pathLimit).contains(text.count), !text.contains(0) else { return nil }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: text) }
        bytes = withUnsafeBytes(of: address) { Array($0) }
    }

    /// An address of digits: `127.0.0.1`, `::1`. Nil for anything else, a name among them.
    public init?(ip: String, port: UInt16) {
        guard let first = try? Self.lookUp(ip, port, flags: AI_NUMERICHOST).first else { return nil }
        self = first
    }

    /// Copies an address that the kernel filled in.
    init(_ storage: sockaddr_storage, size: socklen_t) {
        var storage = storage
        bytes = withUnsafeBytes(of: &storage) { Array($0.prefix(Int(size))) }
    }

    /// The addresses of a host name, or of digits, in the order in which the resolver would try them.
    ///
    /// - Throws: ``ResolutionError`` when the name has none.
    /// - Thread: any; blocks while the resolver asks.
    public static func resolve(host: String, port: UInt16) throws(ResolutionError) -> [SocketAddress] {
        HeldLocks.assertNone(before: "getaddrinfo")
        return try lookUp(host, port, flags: AI_ADDRCONFIG)
    }

    private static func lookUp(_ host: String, _ port: UInt16, flags: Int32) throws(ResolutionError) -> [SocketAddress]
    {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = flags | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0 else { throw ResolutionError(host: host, reason: String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(list) }
        return sequence(first: list, next: { $0?.pointee.ai_next }).prefix { $0 != nil }.compactMap { entry in
            guard let entry, let address = entry.pointee.ai_addr else { return nil }
            return SocketAddress(bytes: UnsafeRawBufferPointer(start: address, count: Int(entry.pointee.ai_addrlen)))
        }
    }

    private init(bytes: UnsafeRawBufferPointer) { self.bytes = Array(bytes) }

    /// AF_INET, AF_INET6 or AF_UNIX.
    public var family: Int32 {
        bytes.count >= 2 ? Int32(bytes.withUnsafeBytes { $0.loadUnaligned(as: sa_family_t.self) }) : AF_UNSPEC
    }

    public var isUnix: Bool { family == AF_UNIX }

    /// The path of a Unix socket; empty for an unnamed one, nil for other families.
    public var path: String? {
        guard isUnix else { return nil }
        return String(decoding: bytes.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self)
    }

    /// The port; nil for a Unix socket.
    public var port: UInt16? {
        isUnix || bytes.count < 4 ? nil : UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    }

    /// The host's digits, such as `127.0.0.1` or `::1`; nil for a Unix socket.
    public var host: String? {
        guard !isUnix else { return nil }
        var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let status = withSocketAddress { address, size in
            getnameinfo(address, size, &buffer, socklen_t(buffer.count), nil, 0, NI_NUMERICHOST)
        }
        guard status == 0 else { return nil }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether it stands for every address of its family.
    public var isWildcard: Bool { host == "0.0.0.0" || host == "::" }

    /// `127.0.0.1:6380`, `[::1]:6380` or `unix:/path`.
    public var description: String {
        if let path { return path.isEmpty ? "unix:(unnamed)" : "unix:" + path }
        let host = host ?? "?"
        return family == AF_INET6 ? "[\(host)]:\(port ?? 0)" : "\(host):\(port ?? 0)"
    }

    /// Lends the address in the C form.
    func withSocketAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafeTemporaryAllocation(
            byteCount: max(bytes.count, MemoryLayout<sockaddr>.size),
            alignment: MemoryLayout<sockaddr_storage>.alignment
        ) { copy in
            copy.copyBytes(from: bytes)
            // The allocation holds at least a sockaddr, so it has a base address.
            return body(copy.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
    }
}
