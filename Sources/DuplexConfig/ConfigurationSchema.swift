/// The keys of each table, in the order of the documentation.
package enum ConfigurationSchema: CaseIterable {
    case root, daemon, proxy, tls, timeouts, close

    /// The keys that the table may hold.
    package var keys: [String] {
        switch self {
        case .root: ["daemon", "proxy"]
        case .daemon: ["log_level", "log_format", "max_connections", "busy_polling", "drain_timeout", "admin"]
        case .proxy: ["name", "listen", "backend", "tls", "timeouts", "close"]
        case .tls: ["certificate", "private_key", "policy", "alpn"]
        case .timeouts: ["handshake", "connect", "idle", "half_closed"]
        case .close: ["truncation", "truncation_grace"]
        }
    }

    /// The table's header in a file.
    package var header: String {
        switch self {
        case .root: ""
        case .daemon: "[daemon]"
        case .proxy: "[[proxy]]"
        case .tls: "[proxy.tls]"
        case .timeouts: "[proxy.timeouts]"
        case .close: "[proxy.close]"
        }
    }

    /// What was probably meant by a key that this table does not have: a key of it that is at most two typing errors
    /// away, or one of that name in another table; nil if nothing is near.
    func suggestion(for name: String) -> String? {
        let nearest =
            keys
            .map { (key: $0, distance: EditDistance.between(name, $0, limit: 2)) }
            .filter { ($0.distance ?? .max) < $0.key.utf8.count / 2 }
            .min { ($0.distance ?? .max) < ($1.distance ?? .max) }
        if let nearest { return "did you mean \(nearest.key)?" }
        let owner = Self.allCases.first { $0 != .root && $0.keys.contains(name) }
        return owner.map { "it belongs in \($0.header)" }
    }
}
