#if HardwareCrypto
import CWolfSSLShims
import HardwareCrypto
import Testing

@Suite struct TLSSessionTests {
    static let workers: [(client: Worker, server: Worker)] = [
        (.device, .device), (.device, .library), (.library, .device),
    ]

    @Test(arguments: CipherSuite.allCases, workers)
    func `megabytes cross a session whole, with the device on one side or on both`(
        suite: CipherSuite,
        workers: (client: Worker, server: Worker)
    ) throws {
        let pair = try MemoryTLSPair(suite, client: workers.client, server: workers.server)
        var total = 0
        var round = 0
        while total < 3 << 20 {
            // Whole records, more than one record at once, and small ones between them.
            let plaintext = patternBytes([16_384, 1, 40_000, 1_400, 16_383][round % 5], seed: round)
            #expect(try pair.send(plaintext, from: pair.client, to: pair.server) == plaintext)
            #expect(try pair.send(plaintext, from: pair.server, to: pair.client) == plaintext)
            total += 2 * plaintext.count
            round += 1
        }
    }

    @Test(arguments: [CipherSuite.tls13AES128, .tls13AES256], workers)
    func `the session goes on under new keys`(suite: CipherSuite, workers: (client: Worker, server: Worker)) throws {
        let pair = try MemoryTLSPair(suite, client: workers.client, server: workers.server)
        for round in 0..<12 {
            if round % 2 == 0 { try pair.client.updateKeys() } else { try pair.server.updateKeys() }
            for byteCount in [1, 16_384, 100] {
                let plaintext = patternBytes(byteCount, seed: round)
                #expect(try pair.send(plaintext, from: pair.client, to: pair.server) == plaintext)
                #expect(try pair.send(plaintext, from: pair.server, to: pair.client) == plaintext)
            }
        }
    }

    @Test(arguments: CipherSuite.allCases)
    func `a record with a flipped bit ends the session with no plaintext`(suite: CipherSuite) throws {
        let pair = try MemoryTLSPair(suite, client: .device, server: .device)
        try pair.client.write(patternBytes(1_000, seed: 1))
        pair.server.corruptInbound()
        #expect(throws: MemoryTLSPair.Failure.self) { try pair.server.read() }
    }

    @Test(arguments: CipherSuite.allCases)
    func `two sessions that take turns on one thread do not mix`(suite: CipherSuite) throws {
        let first = try MemoryTLSPair(suite, client: .device, server: .device)
        let second = try MemoryTLSPair(suite, client: .device, server: .device)
        for round in 0..<40 {
            let plaintext = patternBytes(1 + round * 97, seed: round)
            for pair in [first, second] {
                #expect(try pair.send(plaintext, from: pair.client, to: pair.server) == plaintext)
                #expect(try pair.send(plaintext, from: pair.server, to: pair.client) == plaintext)
            }
        }
    }

    @Test func `a session that moves from thread to thread goes on`() throws {
        /// Used by one thread at a time: each is joined before the next starts.
        struct Moved: @unchecked Sendable { let pair: MemoryTLSPair }
        let moved = Moved(pair: try MemoryTLSPair(.tls13AES256, client: .device, server: .device))
        for round in 0..<8 {
            let plaintext = patternBytes(5_000, seed: round)
            let received = try onOwnThread {
                if round % 3 == 0 { try moved.pair.client.updateKeys() }
                return try moved.pair.send(plaintext, from: moved.pair.client, to: moved.pair.server)
            }
            #expect(received == plaintext)
        }
    }
}
#endif
