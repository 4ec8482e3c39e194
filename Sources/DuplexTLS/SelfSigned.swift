internal import CWolfSSLShims

extension TLSIdentity {
    /// Makes an identity on the spot, in memory: an ECDSA P-256 key and a certificate for `localhost`, 127.0.0.1 and
    /// ::1 that it signs itself. For demonstrations and tests.
    ///
    /// - Parameter days: how long the certificate is valid from now on, at least 1.
    /// - Throws: ``TLSError`` of category `library` when memory or randomness is not to be had.
    /// - Thread: any; leaves none of the library's caches behind.
    public static func selfSigned(days: Int) throws(TLSError) -> TLSIdentity {
        try TLSLibrary.initialise()
        defer { TLSLibrary.releaseThreadCaches() }
        let room = duplex_self_signed_room
        var certificate = [UInt8](repeating: 0, count: room)
        var key = [UInt8](repeating: 0, count: room)
        var certificateSize = 0
        var keySize = 0
        let status = duplex_self_signed(Int32(clamping: days), &certificate, &certificateSize, &key, &keySize)
        guard status == 0 else {
            throw TLSError(category: .library, code: status, reason: "no self-signed certificate could be made")
        }
        return TLSIdentity(
            certificateChain: Array(certificate.prefix(certificateSize)),
            privateKey: Array(key.prefix(keySize))
        )
    }
}
