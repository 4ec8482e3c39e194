#if HardwareCrypto
/// What a private key of the library consists of, read in place: what the device knows the key by.
///
/// Valid as long as the library's key object is, that is for one callback.
struct KeyMaterial {
    enum Kind: UInt8 {
        case p256 = 1
        case p384
        case rsa
    }

    /// An RSA key has the most parts: n, e, d, p, q, dP, dQ and u.
    private static let partLimit = 8

    let kind: Kind
    private(set) var partCount = 0
    private var parts = InlineArray<8, UnsafeRawBufferPointer>(repeating: UnsafeRawBufferPointer(start: nil, count: 0))

    init(_ kind: Kind) {
        self.kind = kind
    }

    /// The public parts come first: the fingerprint is made of the first one alone.
    mutating func append(_ part: UnsafeRawBufferPointer) {
        precondition(partCount < Self.partLimit, "a family of keys has more parts than KeyMaterial has room for")
        parts[partCount] = part
        partCount += 1
    }

    subscript(index: Int) -> UnsafeRawBufferPointer { parts[index] }

    /// Tells most keys apart, from public bytes only. Equal fingerprints say nothing: the keys are then compared.
    var fingerprint: UInt64 {
        var fingerprint: UInt64 = 0
        for byte in parts[0].prefix(MemoryLayout<UInt64>.size) {
            fingerprint = fingerprint << 8 | UInt64(byte)
        }
        return fingerprint &+ UInt64(kind.rawValue)
    }
}
#endif
