/// A key-exchange group, by its number in the IANA registry "TLS Supported Groups".
enum NamedGroup: Int32 {
    case secp256r1 = 23
    case secp384r1 = 24
    case x25519 = 29

    /// The library's name.
    var name: String {
        switch self {
        case .secp256r1: "P-256"
        case .secp384r1: "P-384"
        case .x25519: "X25519"
        }
    }
}
