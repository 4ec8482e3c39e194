/// A record as it stands on the wire.
struct WireRecord: Equatable {
    let type: UInt8
    /// Its size without the header, bytes.
    let length: Int

    /// Splits `ciphertext`, which holds whole records.
    static func split(_ ciphertext: [UInt8]) -> [WireRecord] {
        var records: [WireRecord] = []
        var at = 0
        while at + 5 <= ciphertext.count {
            let length = Int(ciphertext[at + 3]) << 8 | Int(ciphertext[at + 4])
            records.append(WireRecord(type: ciphertext[at], length: length))
            at += 5 + length
        }
        return records
    }

    /// What an alert looks like under the suites that the tests agree on (AES-GCM): type 21, nonce, alert, tag in
    /// TLS 1.2; type 23, alert, inner type, tag in TLS 1.3.
    static func alert(_ version: Version) -> WireRecord {
        version == .tls12 ? WireRecord(type: 21, length: 8 + 2 + 16) : WireRecord(type: 23, length: 2 + 1 + 16)
    }

    /// A TLS 1.3 KeyUpdate: message header, one byte, inner type, tag.
    static let keyUpdate = WireRecord(type: 23, length: 4 + 1 + 1 + 16)
}
