import DuplexPosix
import DuplexTLS
import TestSupport
import Testing

/// Invariant I5: ciphertext leaves in the order in which it was made, and no half waits for the other's socket.
@Suite struct SendingTurnTests {
    private static let stackSize = 1 << 20

    @Test func `what the reader emits while the writer is sending goes out in the writer's turn`() throws {
        let pair = try TLSPair.connected(.tls13)
        let (server, wire, entered, release) = (pair.server, Wire(), Gate(), Gate())
        let outcome = Tally()
        let data = [UInt8](repeating: 4, count: 1_000)
        try server.write(data)
        let writer = try Thread(name: "writer", stackSize: Self.stackSize) {
            let ended = server.writerFlush { bytes in
                entered.open()
                release.wait()
                wire.take(bytes)
                return bytes.count
            }
            if ended == .flushed { outcome.add() }
        }
        #expect(entered.wait())
        // The writer's transport is stuck. The reader reads on, and its answer is left to the writer.
        try pair.client.write(Array("upload".utf8))
        try pair.client.updateKeys()
        server.inbound = pair.client.takeOutput()
        let drained = try server.drain()
        #expect(drained.bytes == Array("upload".utf8))
        #expect(drained.hasOutput)
        let left = server.readerFlush { _ in
            Issue.record("the reader sent in the writer's turn")
            return 0
        }
        #expect(left == .leftToHolder)
        #expect(wire.bytes.isEmpty)
        release.open()
        writer.join()

        #expect(outcome.count == 1)
        #expect(WireRecord.split(wire.bytes) == [WireRecord(type: 23, length: 1_000 + 1 + 16), .keyUpdate])
        pair.client.inbound = wire.bytes
        let answered = try pair.client.drain()
        #expect(Digest(answered.bytes) == Digest(data))
        #expect(answered.failure == nil)
        #expect(server.takeOutput() == [])
    }

    @Test func `the writer writes while the reader is sending, and its ciphertext goes out behind the reader's`() throws
    {
        let pair = try TLSPair.connected(.tls13)
        let (server, wire, entered, release, written) = (pair.server, Wire(), Gate(), Gate(), Gate())
        let flushed = Tally()
        try pair.client.updateKeys()
        server.inbound = pair.client.takeOutput()
        #expect(try server.drain().hasOutput)
        let reader = try Thread(name: "reader", stackSize: Self.stackSize) {
            let ended = server.readerFlush { bytes in
                entered.open()
                release.wait()
                wire.take(bytes)
                return bytes.count
            }
            if ended == .flushed { flushed.add() }
        }
        #expect(entered.wait())
        let writer = try Thread(name: "writer", stackSize: Self.stackSize) {
            if (try? server.write([1, 2, 3])) != nil { written.open() }
            let ended = server.writerFlush { bytes in
                wire.take(bytes)
                return bytes.count
            }
            if ended == .flushed { flushed.add() }
        }
        #expect(written.wait())
        release.open()
        reader.join()
        writer.join()

        #expect(flushed.count == 2)
        #expect(WireRecord.split(wire.bytes) == [.keyUpdate, WireRecord(type: 23, length: 3 + 1 + 16)])
        pair.client.inbound = wire.bytes
        #expect(try pair.client.drain().bytes == [1, 2, 3])
    }

    @Test func `a writer that waits for the turn is woken when the reader's transport takes only a part`() throws {
        let pair = try TLSPair.connected(.tls13)
        let (server, wire, entered, release, asked) = (pair.server, Wire(), Gate(), Gate(), Gate())
        let outcomes = (pending: Tally(), flushed: Tally())
        try pair.client.updateKeys()
        server.inbound = pair.client.takeOutput()
        _ = try server.drain()
        let reader = try Thread(name: "reader", stackSize: Self.stackSize) {
            let ended = server.readerFlush { bytes in
                entered.open()
                release.wait()
                wire.take(bytes.prefix(5))
                return 5
            }
            if ended == .pending { outcomes.pending.add() }
        }
        #expect(entered.wait())
        let writer = try Thread(name: "writer", stackSize: Self.stackSize) {
            try? server.write([7])
            asked.open()
            let ended = server.writerFlush { bytes in
                wire.take(bytes)
                return bytes.count
            }
            if ended == .flushed { outcomes.flushed.add() }
        }
        #expect(asked.wait())
        release.open()
        reader.join()
        writer.join()

        #expect(outcomes.pending.count == 1)
        #expect(outcomes.flushed.count == 1)
        pair.client.inbound = wire.bytes
        #expect(try pair.client.drain().bytes == [7])
    }

    @Test(arguments: Version.allCases, [1, 7, 1_000])
    func `a transport that takes a little at a time, from either half, gets every byte in order`(
        version: Version,
        size: Int
    ) throws {
        let pair = try TLSPair.connected(version)
        var random = SeededGenerator(seed: 9)
        var sent: [UInt8] = []
        var wire: [UInt8] = []
        func take(_ bytes: UnsafeRawBufferPointer) -> Int {
            wire += bytes.prefix(size)
            return min(size, bytes.count)
        }
        for round in 0..<60 {
            let bytes = random.bytes(Int.random(in: 1...300, using: &random))
            sent += bytes
            try pair.server.write(bytes)
            if version == .tls13, round % 5 == 0 {
                try pair.client.updateKeys()
                pair.server.inbound = pair.client.takeOutput()
                _ = try pair.server.drain()
            }
            _ = round % 2 == 0 ? pair.server.writerFlush(take) : pair.server.readerFlush(take)
        }
        while pair.server.writerFlush(take) == .pending {}
        #expect(pair.server.readerFlush(take) == .flushed)
        pair.client.inbound = wire
        let drained = try pair.client.drain()
        #expect(Digest(drained.bytes) == Digest(sent))
        #expect(drained.failure == nil)
    }

    @Test(arguments: Version.allCases)
    func `a transport that has failed leaves what was received readable`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        var random = SeededGenerator(seed: 10)
        let sent = random.bytes(50_000)
        try pair.client.write(sent)
        pair.client.close()
        pair.server.inbound = pair.client.takeOutput()
        for _ in 0..<10 {
            try pair.server.write([1, 2, 3])
            #expect(pair.server.writerFlush { _ in 0 } == .pending)
        }
        let drained = try pair.server.drain()
        #expect(Digest(drained.bytes) == Digest(sent))
        #expect(drained.isClosed)
        #expect(pair.server.session.failure == nil)
    }
}
