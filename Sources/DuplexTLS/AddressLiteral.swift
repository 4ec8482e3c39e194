internal import Glibc

/// An IPv4 or IPv6 address in place of a server name.
///
/// It is no host name for SNI (RFC 6066 §3), and a certificate names it in an iPAddress entry, never by a wildcard or by
/// its common name (RFC 9525 §6.2).
struct AddressLiteral {
    /// As the library writes an iPAddress entry: `192.0.2.1`, or eight groups of four upper-case digits.
    let text: String

    /// Nil when `name` is a host name.
    init?(_ name: String) {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, name, &bytes) == 1 {
            text = bytes.prefix(4).map { String($0) }.joined(separator: ".")
        } else if inet_pton(AF_INET6, name, &bytes) == 1 {
            text = stride(from: 0, to: 16, by: 2)
                .map { at in
                    let group = String(Int(bytes[at]) << 8 | Int(bytes[at + 1]), radix: 16, uppercase: true)
                    return String(repeating: "0", count: 4 - group.count) + group
                }
                .joined(separator: ":")
        } else {
            return nil
        }
    }
}
