/// What each module may import, and what one file does import.
enum Imports {
    /// The operating system and the standard library; open to every module.
    static let open: Set<String> = ["Glibc", "Synchronization"]

    /// Beyond `open`, by module. Source: docs/architecture.md.
    static let allowed: [String: Set<String>] = [
        "DuplexLock": ["CLinux"],
        "DuplexPosix": ["DuplexLock", "CLinux", "CPages"],
        "DuplexTLS": ["DuplexLock", "CWolfSSLShims", "CWolfSSL", "CPages"],
        "HardwareCrypto": ["CWolfSSLShims", "CWolfSSL", "CHardwareCrypto", "CLibCrypto"],
        "ProxyEngine": ["DuplexTLS", "DuplexPosix", "DuplexLock"],
        "DuplexConfig": ["TOMLKit", "Foundation", "FoundationEssentials"],
        "DuplexDaemon": [
            "DuplexConfig", "ProxyEngine", "DuplexTLS", "DuplexPosix", "DuplexLock", "HardwareCrypto",
            "ArgumentParser", "Logging", "Foundation", "FoundationEssentials",
        ],
        "duplexd": ["DuplexDaemon"],
    ]

    /// The modules named by the import lines of Swift `code`; of `import struct A.B` that is `A`.
    static func modules(in code: String) -> [String] {
        code.matches(
            of:
                /(?m)^\s*(?:@\w+(?:\(\w+\))?\s+|\w+\s+)*?import\s+(?:(?:struct|class|enum|func|var|let|protocol|typealias)\s+)?(\w+)/
        )
        .map { String($0.output.1) }
    }
}
