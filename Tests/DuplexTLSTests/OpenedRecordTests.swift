import CWolfSSLShims
import DuplexTLS
import TestSupport
import Testing

/// Records that are decrypted where they were received.
@Suite struct OpenedRecordTests {
    /// Who decrypts.
    enum Worker: String, CaseIterable, Sendable {
        case library, device

        func pair(_ version: Version) throws -> TLSPair {
            try .connected(version, serverDevice: self == .device ? OpeningDevice.device.get() : nil)
        }
    }

    /// Plaintext from which on a record's body has the bytes that lending begins with.
    private static func leastLent(_ version: Version) -> Int {
        Int(duplex_opening_least_lent) - (version == .tls13 ? 1 + 16 : 8 + 16)
    }

    /// How many bodies were lent in what `body` does on this thread.
    private static func countingLent(_ body: () throws -> Void) rethrows -> Int {
        let before = duplex_opening_lent_count()
        try body()
        return duplex_opening_lent_count() - before
    }

    @Test(arguments: Version.allCases, Worker.allCases)
    func `records of every size are opened whole and in order`(version: Version, worker: Worker) throws {
        let pair = try worker.pair(version)
        var random = SeededGenerator(seed: 51)
        let edges = [1, 2, 100, 16_383, 16_384] + (-2...2).map { Self.leastLent(version) + $0 }
        for size in edges + (0..<60).map({ _ in Int.random(in: 1...70_000, using: &random) }) {
            let bytes = random.bytes(size)
            try pair.client.write(bytes)
            pair.exchange()
            let drained = try pair.server.drainOpening()
            #expect(Digest(drained.bytes) == Digest(bytes), "size \(size)")
            #expect(drained.failure == nil)
        }
    }

    @Test(arguments: Version.allCases)
    func `the body of a large record is lent once a device has opened a record of the session`(version: Version) throws
    {
        let pair = try Worker.device.pair(version)
        let least = Self.leastLent(version)
        let sizes = [(16_384, 0), (least, 1), (least - 1, 0), (16_384, 1), (16_384 * 3, 3), (1, 0)]
        for (size, lent) in sizes {
            let bytes = [UInt8](repeating: 3, count: size)
            try pair.client.write(bytes)
            pair.exchange()
            let count = try Self.countingLent {
                let drained = try pair.server.drainOpening()
                #expect(drained.bytes == bytes)
            }
            #expect(count == lent, "size \(size)")
        }
    }

    @Test(arguments: Version.allCases)
    func `without a device, and in a read elsewhere, nothing is lent`(version: Version) throws {
        let bytes = [UInt8](repeating: 4, count: 50_000)
        for worker in Worker.allCases {
            let pair = try worker.pair(version)
            for _ in 0..<2 {
                try pair.client.write(bytes)
                pair.exchange()
                let count = try Self.countingLent {
                    let drained = worker == .library ? try pair.server.drainOpening() : try pair.server.drain()
                    #expect(drained.bytes == bytes)
                }
                #expect(count == 0)
            }
        }
    }

    @Test(arguments: Version.allCases)
    func `a client, which tickets of any size are sent to, lends nothing`(version: Version) throws {
        let pair = try TLSPair.connected(version, clientDevice: OpeningDevice.device.get())
        let bytes = [UInt8](repeating: 5, count: 50_000)
        for _ in 0..<2 {
            try pair.server.write(bytes)
            pair.exchange()
            let count = try Self.countingLent {
                let drained = try pair.client.drainOpening()
                #expect(drained.bytes == bytes)
            }
            #expect(count == 0)
        }
    }

    @Test(arguments: Version.allCases)
    func `what a device leaves is decrypted by the library`(version: Version) throws {
        let pair = try Worker.device.pair(version)
        var random = SeededGenerator(seed: 52)
        for round in 0..<30 {
            let bytes = random.bytes(40_000)
            try pair.client.write(bytes)
            pair.exchange()
            let conduct: OpeningDevice.Conduct = round % 3 == 1 ? .leaves : .opens
            let drained = try OpeningDevice.conducting(conduct) { try pair.server.drainOpening() }
            #expect(Digest(drained.bytes) == Digest(bytes))
        }
    }

    @Test(arguments: Version.allCases)
    func `of a damaged record that a device leaves nothing is given out`(version: Version) throws {
        let pair = try Worker.device.pair(version)
        try pair.client.write([1])
        try pair.client.write([UInt8](repeating: 5, count: 16_384))
        pair.exchange()
        #expect(try pair.server.open().bytes == [1])
        pair.server.inbound[1_000] ^= 1
        let drained = try OpeningDevice.conducting(.leaves) { try pair.server.drainOpening() }
        #expect(drained.bytes.isEmpty)
        #expect(drained.failure?.alertSent == .badRecordMAC)
    }

    @Test(arguments: Version.allCases)
    func `a library that has not got the body fails the session and gives nothing out`(version: Version) throws {
        let pair = try Worker.device.pair(version)
        try pair.client.write([1])
        try pair.client.write([UInt8](repeating: 5, count: 16_384))
        pair.exchange()
        #expect(try pair.server.open().bytes == [1])
        let drained = try OpeningDevice.conducting(.forgets) { try pair.server.drainOpening() }
        #expect(drained.bytes.isEmpty)
        #expect(drained.failure?.alertSent == .badRecordMAC)
    }

    @Test func `content that library and device do not agree on fails the session and is not given out`() throws {
        let pair = try Worker.device.pair(.tls13)
        try pair.client.write([1])
        try pair.client.write([UInt8](repeating: 5, count: 16_384))
        pair.exchange()
        #expect(try pair.server.open().bytes == [1])
        let drained = try OpeningDevice.conducting(.misreports) { try pair.server.drainOpening() }
        #expect(drained.bytes.isEmpty)
        #expect(drained.failure?.category == .library)
    }

    /// What a record of TLS 1.3 may carry besides application data, filled up with zeros to 3,000 bytes.
    @Test(arguments: Worker.allCases)
    func `alerts and handshake messages in padded records are what they are in others`(worker: Worker) throws {
        let good = [UInt8](repeating: 1, count: 3_000)
        func received(_ type: UInt8, _ content: [UInt8]) throws -> (drained: TLSEnd.Drained, server: TLSEnd) {
            let device = try worker == .device ? OpeningDevice.device.get() : nil
            let pair = try TLSPair.connected(clientDevice: RecordForge.device.get(), serverDevice: device)
            try pair.client.write(good + good)
            try RecordForge.send(type: type, content, paddedTo: 3_000, from: pair.client)
            pair.exchange()
            return (try pair.server.drainOpening(), pair.server)
        }
        let closed = try received(21, [1, 0]).drained
        #expect(closed.isClosed && closed.failure == nil && closed.bytes == good + good)
        let failed = try received(21, [2, 40]).drained
        #expect(failed.failure?.alertReceived == .handshakeFailure && failed.bytes == good + good)
        let (updated, server) = try received(22, [24, 0, 0, 1, 1])
        #expect(updated.hasOutput && updated.failure == nil && updated.bytes == good + good)
        #expect(!server.takeOutput().isEmpty)
        let empty = try received(23, []).drained
        #expect(empty.failure == nil && !empty.hasOutput && empty.bytes == good + good)
        for type in [0, 24, 99] as [UInt8] {
            let (drained, _) = try received(type, type == 0 ? [] : [1])
            #expect(drained.failure != nil && drained.bytes == good + good, "type \(type)")
        }
    }

    @Test(arguments: Version.allCases, [18_433, 65_535])
    func `a header whose length was changed on the way is refused`(version: Version, length: Int) throws {
        for worker in Worker.allCases {
            let pair = try worker.pair(version)
            let good = [UInt8](repeating: 1, count: 3_000)
            for _ in 0..<2 {
                try pair.client.write(good)
                pair.exchange()
                #expect(try pair.server.open().bytes == good)
            }
            try pair.client.write(good)
            pair.exchange()
            pair.server.inbound[3] = UInt8(length >> 8)
            pair.server.inbound[4] = UInt8(length & 255)
            let drained = try pair.server.drainOpening()
            #expect(drained.bytes.isEmpty && drained.failure != nil, "\(worker)")
        }
    }

    @Test(arguments: [20, 21, 22, 24, 99] as [UInt8])
    func `a large record of what no client may send is refused in the middle of a handshake message`(
        type: UInt8
    ) throws {
        for pending in [[24, 0, 0, 1], [11, 0, 58, 152], [20, 0, 0, 32]] as [[UInt8]] {
            let pair = try TLSPair.connected(
                clientDevice: RecordForge.device.get(),
                serverDevice: OpeningDevice.device.get()
            )
            try pair.client.write([UInt8](repeating: 1, count: 3_000))
            try RecordForge.send(type: 22, pending, paddedTo: 40, from: pair.client)
            try RecordForge.send(type: type, [UInt8](repeating: 24, count: 100), paddedTo: 3_000, from: pair.client)
            pair.exchange()
            let drained = try pair.server.drainOpening()
            #expect(drained.bytes.count == 3_000)
            #expect(drained.failure?.alertSent == .unexpectedMessage, "\(pending)")
        }
    }

    @Test(arguments: [20, 21, 22, 24] as [UInt8], [100, 2_999])
    func `a large record of what no client may send is unexpected_message`(type: UInt8, size: Int) throws {
        let pair = try TLSPair.connected(
            clientDevice: RecordForge.device.get(),
            serverDevice: OpeningDevice.device.get()
        )
        let good = [UInt8](repeating: 1, count: 3_000)
        try pair.client.write(good)
        try RecordForge.send(type: type, [UInt8](repeating: 24, count: size), paddedTo: 3_000, from: pair.client)
        try pair.client.write(good)
        pair.exchange()
        let drained = try pair.server.drainOpening()
        #expect(drained.bytes == good)
        #expect(drained.failure?.alertSent == .unexpectedMessage)
        #expect(drained.failure?.category == .protocolViolation)
    }

    @Test(arguments: Version.allCases, Worker.allCases)
    func `a flipped bit anywhere in a large record is bad_record_mac`(version: Version, worker: Worker) throws {
        let good = [UInt8](repeating: 1, count: 3_000)
        for place in [5, 12, 13, 14, 1_000, 16_384, -17, -16, -1] {
            let pair = try worker.pair(version)
            try pair.client.write(good)
            pair.server.inbound = pair.client.takeOutput()
            try pair.client.write([UInt8](repeating: 2, count: 16_384))
            var damaged = pair.client.takeOutput()
            damaged[place < 0 ? damaged.count + place : place] ^= 1
            pair.server.inbound += damaged + damaged
            let drained = try pair.server.drainOpening()
            #expect(drained.bytes == good, "place \(place)")
            #expect(drained.failure?.alertSent == .badRecordMAC, "place \(place)")
            let failure = try #require(drained.failure)
            #expect(throws: failure) { try pair.server.open() }
        }
    }

    @Test(arguments: Worker.allCases)
    func `KeyUpdates between opened records are answered`(worker: Worker) throws {
        let pair = try worker.pair(.tls13)
        var random = SeededGenerator(seed: 53)
        for round in 0..<30 {
            let (there, back) = (random.bytes(1 + round * 997), random.bytes(1 + round * 313))
            try pair.client.write(there)
            try pair.client.updateKeys()
            try pair.client.write(there)
            pair.exchange()
            let drained = try pair.server.drainOpening()
            #expect(Digest(drained.bytes) == Digest(there + there))
            #expect(drained.hasOutput)
            try pair.server.write(back)
            pair.exchange()
            #expect(try Digest(pair.client.drainOpening().bytes) == Digest(back))
        }
    }

    @Test(arguments: Version.allCases, Worker.allCases)
    func `close_notify ends the stream, and what comes behind it is discarded`(version: Version, worker: Worker) throws
    {
        let pair = try worker.pair(version)
        try pair.client.write([UInt8](repeating: 6, count: 20_000))
        pair.client.close()
        pair.exchange()
        pair.server.inbound += [UInt8](repeating: 23, count: 5_000)
        let drained = try pair.server.drainOpening()
        #expect(drained.bytes.count == 20_000)
        #expect(drained.isClosed)
        let (bytes, progress) = try pair.server.open()
        #expect(bytes.isEmpty && progress.state == .closed && pair.server.inbound.isEmpty)
    }

    @Test(arguments: Version.allCases, Worker.allCases)
    func `nothing is taken of a record that has not come whole`(version: Version, worker: Worker) throws {
        let pair = try worker.pair(version)
        for size in [1, 16_384, 16_384] {
            let bytes = [UInt8](repeating: 7, count: size)
            try pair.client.write(bytes)
            let record = pair.client.takeOutput()
            for count in [0, 1, 4, 5, record.count / 2, record.count - 1] {
                pair.server.inbound = Array(record.prefix(count))
                let (none, progress) = try pair.server.open()
                #expect(none.isEmpty && progress.consumed == 0 && progress.state == .needsInput)
                #expect(pair.server.inbound == Array(record.prefix(count)))
            }
            pair.server.inbound = record
            #expect(try pair.server.open().bytes == bytes)
        }
    }

    @Test(arguments: Version.allCases, Worker.allCases)
    func `opening is misuse while a read has left a part of a record, and does no harm`(
        version: Version,
        worker: Worker
    ) throws {
        let pair = try worker.pair(version)
        let bytes = [UInt8](0..<200)
        for _ in 0..<2 {
            try pair.client.write(bytes)
            try pair.client.write([9])
            pair.exchange()
            #expect(try pair.server.read(limit: 150).bytes == Array(bytes.prefix(150)))
            let error = #expect(throws: TLSError.self) { try pair.server.open() }
            #expect(error?.category == .misuse)
            #expect(try pair.server.read(limit: 150).bytes == Array(bytes.dropFirst(150)))
            #expect(try pair.server.open().bytes == [9])
        }
    }

    @Test(arguments: Version.allCases, Worker.allCases)
    func `reads elsewhere and openings in any order lose nothing`(version: Version, worker: Worker) throws {
        let pair = try worker.pair(version)
        var random = SeededGenerator(seed: 54)
        var (sent, received) = ([UInt8](), [UInt8]())
        for _ in 0..<100 {
            let piece = random.bytes(Int.random(in: 1...20_000, using: &random))
            try pair.client.write(piece)
            sent += piece
        }
        pair.exchange()
        while received.count < sent.count {
            let opens = Bool.random(using: &random)
            let bytes = opens ? try pair.server.open().bytes : try pair.server.read().bytes
            try #require(!bytes.isEmpty)
            received += bytes
        }
        #expect(Digest(received) == Digest(sent))
    }
}
