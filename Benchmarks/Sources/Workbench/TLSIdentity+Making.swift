internal import CMemoryClient
public import DuplexTLS

extension TLSIdentity {
    /// A key of that kind and a certificate for localhost that it signs itself, made on the spot by libcrypto.
    public static func make(_ kind: Setting.Key) throws(WorkbenchError) -> TLSIdentity {
        // An RSA-2048 key is 1.7 KB of PEM.
        let room = 8_192
        var certificate = [CChar](repeating: 0, count: room)
        var key = [CChar](repeating: 0, count: room)
        var certificateSize = 0
        var keySize = 0
        guard identity_make(kind == .rsa ? 1 : 0, &certificate, &certificateSize, &key, &keySize, room) == 1 else {
            throw WorkbenchError("libcrypto made no key and certificate")
        }
        return TLSIdentity(
            certificateChain: certificate.prefix(certificateSize).map { UInt8(bitPattern: $0) },
            privateKey: key.prefix(keySize).map { UInt8(bitPattern: $0) }
        )
    }
}
