#if HardwareCrypto
import HardwareCrypto
import Testing

/// Each count is taken in a process of its own, where no other test makes contexts.
@Suite struct ContextLifetimeTests {
    @Test func `contexts are gone when the threads that ran the sessions are`() async {
        await #expect(processExitsWith: .success) {
            for suite in CipherSuite.allCases {
                for _ in 0..<4 {
                    let during = try onOwnThread {
                        let pair = try MemoryTLSPair(suite, client: .device, server: .device)
                        let plaintext = patternBytes(20_000, seed: 1)
                        #expect(try pair.send(plaintext, from: pair.client, to: pair.server) == plaintext)
                        return HardwareCrypto.liveContextCount
                    }
                    #expect(during == 2)
                    #expect(HardwareCrypto.liveContextCount == 0)
                }
            }
        }
    }

    @Test func `sessions one after the other on one thread add no contexts`() async {
        await #expect(processExitsWith: .success) {
            try onOwnThread {
                for round in 0..<40 {
                    let pair = try MemoryTLSPair(CipherSuite.allCases[round % 4], client: .device, server: .device)
                    _ = try pair.send([1, 2, 3], from: pair.client, to: pair.server)
                    #expect(HardwareCrypto.liveContextCount == 2)
                }
            }
            #expect(HardwareCrypto.liveContextCount == 0)
        }
    }

    @Test func `key updates add no contexts`() async {
        await #expect(processExitsWith: .success) {
            try onOwnThread {
                let pair = try MemoryTLSPair(.tls13AES128, client: .device, server: .device)
                for round in 0..<200 {
                    try (round % 2 == 0 ? pair.client : pair.server).updateKeys()
                    #expect(try pair.send([UInt8(round)], from: pair.client, to: pair.server) == [UInt8(round)])
                    #expect(try pair.send([UInt8(round)], from: pair.server, to: pair.client) == [UInt8(round)])
                    #expect(HardwareCrypto.liveContextCount == 2)
                }
            }
            #expect(HardwareCrypto.liveContextCount == 0)
        }
    }

    @Test func `a thread that lives on can let its contexts go, and use the session again`() async {
        await #expect(processExitsWith: .success) {
            try onOwnThread {
                let pair = try MemoryTLSPair(.tls13AES128, client: .device, server: .device)
                for _ in 0..<3 {
                    #expect(try pair.send([1, 2, 3], from: pair.client, to: pair.server) == [1, 2, 3])
                    #expect(HardwareCrypto.liveContextCount == 2)
                    HardwareCrypto.releaseThreadContexts()
                    #expect(HardwareCrypto.liveContextCount == 0)
                    HardwareCrypto.releaseThreadContexts()
                }
            }
        }
    }

    @Test func `without the device no context is made`() async {
        await #expect(processExitsWith: .success) {
            let pair = try MemoryTLSPair(.tls13AES128, client: .library, server: .library)
            _ = try pair.send([1, 2, 3], from: pair.client, to: pair.server)
            #expect(HardwareCrypto.liveContextCount == 0)
        }
    }
}
#endif
