#if HardwareCrypto
import CWolfSSLShims
import DuplexTLS
import Testing

/// Records that the device decrypts where they were received.
@Suite struct OpenedByDeviceTests {
    @Test(arguments: [TLSPolicy.modern, .tls12Only], [true, false])
    func `the device opens every large record but the first where it lies, and the library none`(
        policy: TLSPolicy,
        hasDevice: Bool
    ) throws {
        let deviceID = try InitialisedLibrary.deviceID.get()
        let device = hasDevice ? DuplexTLS.CryptoDevice(id: deviceID) : nil
        let identity = try TLSIdentity.selfSigned(days: 1)
        let pair = try SessionPair(
            client: TLSContext(client: ClientSettings(trust: .anyone, policy: policy)),
            server: TLSContext(server: ServerSettings(identity: identity, policy: policy, device: device))
        )
        defer { TLSLibrary.releaseThreadCaches() }
        for round in 0..<4 {
            // Three records of 16 KiB and one of 200 bytes.
            let plaintext = patternBytes(3 * 16_384 + 200, seed: round)
            try pair.client.write(plaintext, to: pair.server)
            let before = duplex_opening_lent_count()
            #expect(try pair.server.open() == plaintext)
            let lent = duplex_opening_lent_count() - before
            #expect(lent == (hasDevice ? (round == 0 ? 2 : 3) : 0), "round \(round)")
        }
    }
}
#endif
