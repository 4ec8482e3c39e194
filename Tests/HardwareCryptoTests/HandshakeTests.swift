#if HardwareCrypto
import CWolfSSLShims
import HardwareCrypto
import Testing

@Suite struct HandshakeTests {
    @Test(arguments: SelfSignedCertificate.Kind.allCases, KeyExchangeGroup.allCases)
    func `every key and group shakes hands, with the device on one side or on both`(
        identity: SelfSignedCertificate.Kind,
        group: KeyExchangeGroup
    ) throws {
        for suite in [CipherSuite.tls13AES128, .tls12AES256] {
            for workers in TLSSessionTests.workers {
                let pair = try MemoryTLSPair(
                    suite,
                    client: workers.client,
                    server: workers.server,
                    identity: identity,
                    group: group
                )
                let plaintext = patternBytes(500, seed: Int(group.rawValue))
                #expect(try pair.send(plaintext, from: pair.client, to: pair.server) == plaintext)
                #expect(try pair.send(plaintext, from: pair.server, to: pair.client) == plaintext)
            }
        }
    }

    @Test func `a certificate's key is converted once, and gone with everything else when it is let go`() async {
        await #expect(processExitsWith: .success) {
            let identities: [SelfSignedCertificate.Kind] = [.p256, .p384, .rsa2048]
            for (index, identity) in identities.enumerated() {
                for suite in CipherSuite.allCases {
                    for _ in 0..<3 {
                        try onOwnThread {
                            _ = try MemoryTLSPair(suite, client: .device, server: .device, identity: identity)
                        }
                        #expect(HardwareCrypto.liveKeyCount == index + 1)
                        // All of them ran one after the other.
                        #expect(HardwareCrypto.liveKeyContextCount == index + 1)
                    }
                }
            }
            #expect(HardwareCrypto.liveContextCount == 0)
            HardwareCrypto.releaseKeys()
            #expect(HardwareCrypto.liveKeyCount == 0)
            #expect(HardwareCrypto.liveKeyContextCount == 0)
            _ = try MemoryTLSPair(.tls13AES128, client: .device, server: .device)
            #expect(HardwareCrypto.liveKeyCount == 1)
        }
    }

    @Test func `what libcrypto does not speed up is left to the library and keeps no key`() async {
        await #expect(processExitsWith: .success) {
            _ = try MemoryTLSPair(.tls13AES128, client: .device, server: .device, identity: .ed25519)
            #expect(HardwareCrypto.liveKeyCount == 0)
        }
    }

    @Test func `many threads shake hands with few certificates at once`() throws {
        let identities: [SelfSignedCertificate.Kind] = [.p256, .rsa2048]
        try onManyThreads(8) { thread in
            for round in 0..<6 {
                let identity = identities[(thread + round) % identities.count]
                let pair = try MemoryTLSPair(.tls13AES128, client: .device, server: .device, identity: identity)
                guard try pair.send([1, 2, 3], from: pair.client, to: pair.server) == [1, 2, 3] else {
                    throw ThreadFailure()
                }
                if round == 3 { HardwareCrypto.releaseKeys() }
                HardwareCrypto.releaseThreadContexts()
            }
        }
    }

    @Test func `the device gives the library's generators their seeds, and no two alike`() throws {
        let generated = try (0..<16).map { _ in try WolfRandom(.device).bytes(32) }
        #expect(Set(generated).count == 16)
        #expect(generated.allSatisfy { $0.contains { $0 != 0 } })
    }
}
#endif
