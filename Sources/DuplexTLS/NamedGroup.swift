/// A key-exchange group, by its number in the IANA registry "TLS Supported Groups".
enum NamedGroup: Int32 {
    case secp256r1 = 23
    case secp384r1 = 24
    case x25519 = 29
}
