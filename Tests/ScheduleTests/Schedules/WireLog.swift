internal import DuplexTLS

/// What stands on the wire in one direction, told from the outside: by record type and size.
///
/// The suites agreed on are AES-GCM. TLS 1.3: size is content, inner type and tag, all records of type 23. TLS 1.2:
/// type is in the open, size is nonce, content and tag.
struct WireLog {
    enum Content: Equatable {
        case handshake, keyUpdate, alert
        case data(Int)
    }

    struct Record {
        let content: Content
        /// Offset behind its last byte.
        let end: Int
    }

    private(set) var records: [Record] = []
    /// Bytes behind the last whole record.
    let remainder: Int

    /// Plaintext sizes that look like an alert or a KeyUpdate under TLS 1.3; no write has one of them.
    static let ambiguousSizes: Set<Int> = [2, 5]

    /// - Parameter handshakeRecords: how many of the first records are the handshake.
    init(_ wire: [UInt8], version: TLSVersion, handshakeRecords: Int) {
        var at = 0
        while at + RecordLayer.headerSize <= wire.count {
            let length = Int(wire[at + 3]) << 8 | Int(wire[at + 4])
            let end = at + RecordLayer.headerSize + length
            guard end <= wire.count else { break }
            let isHandshake = records.count < handshakeRecords
            let content = isHandshake ? .handshake : Self.content(type: wire[at], length: length, version)
            records.append(Record(content: content, end: end))
            at = end
        }
        remainder = wire.count - at
    }

    private static func content(type: UInt8, length: Int, _ version: TLSVersion) -> Content {
        switch (version, type, length) {
        case (.tls12, 23, _): .data(length - 24)
        case (.tls12, 21, _): .alert
        case (.tls13, 23, 19): .alert
        case (.tls13, 23, 22): .keyUpdate
        case (.tls13, 23, _): .data(length - 17)
        default: .handshake
        }
    }

    var dataSizes: [Int] {
        records.compactMap { record in if case .data(let size) = record.content { size } else { nil } }
    }

    /// Plaintext in the whole records among the first `count` bytes.
    func data(within count: Int) -> Int {
        var sum = 0
        for record in records where record.end <= count {
            if case .data(let size) = record.content { sum += size }
        }
        return sum
    }

    func count(of content: Content) -> Int { records.count { $0.content == content } }

    /// Where the alert ends, if there is one.
    var alertEnd: Int? { records.first { $0.content == .alert }?.end }
}
