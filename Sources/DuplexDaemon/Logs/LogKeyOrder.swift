/// The order of an event's facts: these first, as they stand here, then all others by name.
enum LogKeyOrder {
    static func precedes(_ left: String, _ right: String) -> Bool {
        switch (ranks[left], ranks[right]) {
        case (let left?, let right?): left < right
        case (.some, nil): true
        case (nil, .some): false
        case (nil, nil): left < right
        }
    }

    private static let ranks = Dictionary(
        uniqueKeysWithValues: [
            "connection", "proxy", "listen", "address", "client", "reason", "tls", "suite", "sni", "alpn", "resumed",
            "bytes_to_backend", "bytes_to_client", "duration_ms", "alert_received", "alert_sent", "detail",
        ].enumerated().map { ($1, $0) }
    )
}
