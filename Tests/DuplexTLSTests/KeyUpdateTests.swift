import DuplexTLS
import TestSupport
import Testing

@Suite struct KeyUpdateTests {
    @Test(arguments: TLSRole.both)
    func `a KeyUpdate during traffic is answered and loses nothing`(role: TLSRole) throws {
        let pair = try TLSPair.connected(.tls13)
        let (end, other) = (pair.end(role), pair.peer(of: role))
        var random = SeededGenerator(seed: 6)
        for round in 0..<40 {
            let (there, back) = (random.bytes(1 + round * 997), random.bytes(1 + round * 313))
            try end.write(there)
            try end.updateKeys()
            try end.write(there)
            other.inbound += end.takeOutput()
            let drained = try other.drain()
            #expect(Digest(drained.bytes) == Digest(there + there))
            #expect(drained.hasOutput)
            try other.write(back)
            end.inbound += other.takeOutput()
            #expect(try Digest(end.drain().bytes) == Digest(back))
        }
    }

    @Test func `both ends may update at the same time`() throws {
        let pair = try TLSPair.connected(.tls13)
        for _ in 0..<20 {
            for end in [pair.client, pair.server] {
                try end.write([1])
                try end.updateKeys()
                try end.write([2])
            }
            pair.exchange()
            #expect(try pair.client.drain().bytes == [1, 2])
            #expect(try pair.server.drain().bytes == [1, 2])
        }
        // The answers to answers would never end; each side answers once a request.
        pair.exchange()
        #expect(try !pair.client.drain().hasOutput)
        #expect(try !pair.server.drain().hasOutput)
    }

    @Test func `KeyUpdate under TLS 1.2 is misuse and does no harm`() throws {
        let pair = try TLSPair.connected(.tls12)
        let error = #expect(throws: TLSError.self) { try pair.client.updateKeys() }
        #expect(error?.category == .misuse)
        try pair.client.write([1])
        pair.exchange()
        #expect(try pair.server.drain().bytes == [1])
    }

    @Test func `KeyUpdate before the handshake is complete is misuse`() throws {
        let pair = try TLSPair(client: .modern, server: .modern)
        let error = #expect(throws: TLSError.self) { try pair.client.updateKeys() }
        #expect(error?.category == .misuse)
    }

    @Test func `a peer that asks for KeyUpdates and reads no answer is cut off at the bound`() throws {
        let pair = try TLSPair.connected(.tls13)
        var requests = 0
        var failure: TLSError?
        while failure == nil, requests < 10_000 {
            try pair.client.updateKeys()
            pair.server.inbound += pair.client.takeOutput()
            failure = try pair.server.drain().failure
            requests += 1
        }
        #expect(failure?.category == .outputFlood)
        // The answer that went over the bound is the last one, a record of 22 bytes and its header.
        let output = pair.server.takeOutput()
        #expect(output.count > SessionLimits.readerOutputLimit)
        #expect(output.count <= SessionLimits.readerOutputLimit + 5 + WireRecord.keyUpdate.length)
        #expect(WireRecord.split(output).allSatisfy { $0 == .keyUpdate })
        #expect(throws: TLSError.self) { try pair.server.write([1]) }
    }

    @Test func `a peer that asks for many KeyUpdates and reads the answers is served`() throws {
        let pair = try TLSPair.connected(.tls13)
        for _ in 0..<2_000 {
            try pair.client.updateKeys()
            pair.exchange()
            #expect(try pair.server.drain().failure == nil)
            pair.exchange()
            #expect(try pair.client.drain().failure == nil)
        }
    }

    @Test func `what the writer has waiting does not count as the reader's flood`() throws {
        let pair = try TLSPair.connected(.tls13)
        try pair.server.write([UInt8](repeating: 3, count: 200_000))
        for _ in 0..<100 { try pair.client.updateKeys() }
        pair.server.inbound = pair.client.takeOutput()
        #expect(try pair.server.drain().failure == nil)
        pair.client.inbound = pair.server.takeOutput()
        #expect(try Digest(pair.client.drain().bytes) == Digest([UInt8](repeating: 3, count: 200_000)))
    }

    @Test func `an unsent remainder and new answers together stay within the bound of a batch`() throws {
        let pair = try TLSPair.connected(.tls13)
        try pair.client.updateKeys()
        pair.exchange()
        _ = try pair.server.drain()
        // The transport takes one byte: the answer's rest stays at the head of the queue.
        var wire: [UInt8] = []
        let outcome = pair.server.readerFlush { bytes in
            wire += bytes.prefix(1)
            return 1
        }
        #expect(outcome == .pending)
        for _ in 0..<50 { try pair.client.updateKeys() }
        pair.server.inbound = pair.client.takeOutput()
        #expect(try pair.server.drain().failure == nil)
        pair.client.inbound = wire + pair.server.takeOutput()
        #expect(try pair.client.drain().failure == nil)
    }
}
