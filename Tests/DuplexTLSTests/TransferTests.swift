import DuplexTLS
import TestSupport
import Testing

@Suite struct TransferTests {
    private static let sizes =
        Array(stride(from: 0, through: 20_000, by: 611))
        + [1, 2, 15, 16, 17, 1_023, 1_024, 4_096, 16_383, 16_384, 16_385, 20_000, 32_768, 65_537]

    @Test(arguments: Version.allCases, TLSRole.both)
    func `writes of every size arrive whole, in order and with nothing added`(version: Version, role: TLSRole) throws {
        let pair = try TLSPair.connected(version)
        var random = SeededGenerator(seed: 1)
        for size in Self.sizes {
            let sent = random.bytes(size)
            try pair.end(role).write(sent)
            pair.exchange()
            let drained = try pair.peer(of: role).drain()
            #expect(Digest(drained.bytes) == Digest(sent), "size \(size)")
            #expect(!drained.isClosed && drained.failure == nil)
        }
    }

    @Test(arguments: Version.allCases)
    func `one write takes one record at most`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        #expect(try pair.client.writeOnce([UInt8](repeating: 7, count: 40_000)) == RecordLayer.plaintextLimit)
        #expect(try pair.client.writeOnce([UInt8](repeating: 7, count: 100)) == 100)
        #expect(try pair.client.writeOnce([]) == 0)
        #expect(WireRecord.split(pair.client.takeOutput()).count == 2)
    }

    @Test(arguments: Version.allCases, [1, 7, 100, 5_000, 16_383])
    func `a plaintext buffer smaller than a record loses nothing`(version: Version, limit: Int) throws {
        let pair = try TLSPair.connected(version)
        var random = SeededGenerator(seed: 2)
        let sent = random.bytes(limit < 100 ? 2_000 : 20_000)
        try pair.client.write(sent)
        try pair.client.write([1, 2, 3])
        pair.exchange()
        #expect(try Digest(pair.server.drain(limit: limit).bytes) == Digest(sent + [1, 2, 3]))
        #expect(pair.server.inbound.isEmpty)
    }

    @Test(arguments: Version.allCases)
    func `a part of a record is left where it is`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        try pair.client.write(Array("whole".utf8))
        let record = pair.client.takeOutput()
        for count in 0..<record.count {
            pair.server.inbound = Array(record.prefix(count))
            let (bytes, progress) = try pair.server.read()
            #expect(bytes.isEmpty && progress.consumed == 0 && progress.state == .needsInput)
        }
        pair.server.inbound = record
        #expect(try pair.server.read().bytes == Array("whole".utf8))
    }

    @Test(arguments: Version.allCases)
    func `twenty thousand writes of one byte arrive in order, in both directions`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        var random = SeededGenerator(seed: 3)
        let sent = (up: random.bytes(20_000), down: random.bytes(20_000))
        var received: (up: [UInt8], down: [UInt8]) = ([], [])
        for index in sent.up.indices {
            try pair.client.write([sent.up[index]])
            try pair.server.write([sent.down[index]])
            guard index % 500 == 499 else { continue }
            pair.exchange()
            received.up += try pair.server.drain().bytes
            received.down += try pair.client.drain().bytes
        }
        #expect(Digest(received.up) == Digest(sent.up))
        #expect(Digest(received.down) == Digest(sent.down))
    }

    @Test(arguments: Version.allCases)
    func `writes go on while the reader has plaintext and ciphertext waiting`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        var random = SeededGenerator(seed: 4)
        let (first, second, answer) = (random.bytes(16_384), random.bytes(3_000), random.bytes(40_000))
        try pair.client.write(first)
        try pair.client.write(second)
        pair.exchange()
        // The reader has taken a part of the first record; the rest of it is inside the library.
        var received = try pair.server.read(limit: 1_000).bytes
        try pair.server.write(answer)
        pair.exchange()
        received += try pair.server.drain(limit: 999).bytes
        #expect(Digest(received) == Digest(first + second))
        #expect(try Digest(pair.client.drain().bytes) == Digest(answer))
    }

    @Test(arguments: Version.allCases)
    func `released buffers lose nothing and come back with the next write`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        for round in 0..<3 {
            let sent = [UInt8](repeating: UInt8(round), count: 5_000)
            try pair.client.write(sent)
            pair.client.session.releaseMemory()
            pair.server.inbound += pair.client.takeOutput()
            pair.client.session.releaseMemory()
            pair.client.session.releaseMemory()
            #expect(try Digest(pair.server.drain().bytes) == Digest(sent))
        }
    }

    @Test func `buffers are kept while a part of a batch waits`() throws {
        let pair = try TLSPair.connected()
        try pair.client.write([UInt8](repeating: 9, count: 1_000))
        var wire: [UInt8] = []
        let outcome = pair.client.writerFlush { bytes in
            wire += bytes.prefix(10)
            return 10
        }
        #expect(outcome == .pending)
        pair.client.session.releaseMemory()
        pair.server.inbound = wire + pair.client.takeOutput()
        #expect(try Digest(pair.server.drain().bytes) == Digest([UInt8](repeating: 9, count: 1_000)))
    }
}
