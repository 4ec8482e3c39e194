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
            try .connected(version, clientDevice: self == .device ? OpeningDevice.device.get() : nil)
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
            try pair.server.write(bytes)
            pair.exchange()
            let drained = try pair.client.drainOpening()
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
            try pair.server.write(bytes)
            pair.exchange()
            let count = try Self.countingLent {
                let drained = try pair.client.drainOpening()
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
                try pair.server.write(bytes)
                pair.exchange()
                let count = try Self.countingLent {
                    let drained = worker == .library ? try pair.client.drainOpening() : try pair.client.drain()
                    #expect(drained.bytes == bytes)
                }
                #expect(count == 0)
            }
        }
    }

    @Test(arguments: Version.allCases)
    func `what a device gives back is decrypted by the library`(version: Version) throws {
        let pair = try Worker.device.pair(version)
        var random = SeededGenerator(seed: 52)
        for round in 0..<30 {
            let bytes = random.bytes(40_000)
            try pair.server.write(bytes)
            pair.exchange()
            let conduct: OpeningDevice.Conduct = round % 3 == 1 ? .givesBack : .opens
            let drained = try OpeningDevice.conducting(conduct) { try pair.client.drainOpening() }
            #expect(Digest(drained.bytes) == Digest(bytes))
        }
    }

    @Test(arguments: Version.allCases)
    func `a library that has not got the body fails the session and gives nothing out`(version: Version) throws {
        let pair = try Worker.device.pair(version)
        try pair.server.write([1])
        try pair.server.write([UInt8](repeating: 5, count: 16_384))
        pair.exchange()
        #expect(try pair.client.open().bytes == [1])
        let drained = try OpeningDevice.conducting(.forgetsToGiveBack) { try pair.client.drainOpening() }
        #expect(drained.bytes.isEmpty)
        #expect(drained.failure?.alertSent == .badRecordMAC)
    }

    @Test func `content that library and device do not agree on fails the session and is not given out`() throws {
        let pair = try Worker.device.pair(.tls13)
        try pair.server.write([1])
        try pair.server.write([UInt8](repeating: 5, count: 16_384))
        pair.exchange()
        #expect(try pair.client.open().bytes == [1])
        let drained = try OpeningDevice.conducting(.misreports) { try pair.client.drainOpening() }
        #expect(drained.bytes.isEmpty)
        #expect(drained.failure?.category == .library)
    }

    @Test(arguments: Version.allCases, Worker.allCases)
    func `a flipped bit anywhere in a large record is bad_record_mac`(version: Version, worker: Worker) throws {
        let good = [UInt8](repeating: 1, count: 3_000)
        for place in [5, 12, 13, 14, 1_000, 16_384, -17, -16, -1] {
            let pair = try worker.pair(version)
            try pair.server.write(good)
            pair.client.inbound = pair.server.takeOutput()
            try pair.server.write([UInt8](repeating: 2, count: 16_384))
            var damaged = pair.server.takeOutput()
            damaged[place < 0 ? damaged.count + place : place] ^= 1
            pair.client.inbound += damaged + damaged
            let drained = try pair.client.drainOpening()
            #expect(drained.bytes == good, "place \(place)")
            #expect(drained.failure?.alertSent == .badRecordMAC, "place \(place)")
            let failure = try #require(drained.failure)
            #expect(throws: failure) { try pair.client.open() }
        }
    }

    @Test(arguments: Worker.allCases)
    func `KeyUpdates between opened records are answered`(worker: Worker) throws {
        let pair = try worker.pair(.tls13)
        var random = SeededGenerator(seed: 53)
        for round in 0..<30 {
            let (there, back) = (random.bytes(1 + round * 997), random.bytes(1 + round * 313))
            try pair.server.write(there)
            try pair.server.updateKeys()
            try pair.server.write(there)
            pair.exchange()
            let drained = try pair.client.drainOpening()
            #expect(Digest(drained.bytes) == Digest(there + there))
            #expect(drained.hasOutput)
            try pair.client.write(back)
            pair.exchange()
            #expect(try Digest(pair.server.drainOpening().bytes) == Digest(back))
        }
    }

    @Test(arguments: Version.allCases, Worker.allCases)
    func `close_notify ends the stream, and what comes behind it is discarded`(version: Version, worker: Worker) throws
    {
        let pair = try worker.pair(version)
        try pair.server.write([UInt8](repeating: 6, count: 20_000))
        pair.server.close()
        pair.exchange()
        pair.client.inbound += [UInt8](repeating: 23, count: 5_000)
        let drained = try pair.client.drainOpening()
        #expect(drained.bytes.count == 20_000)
        #expect(drained.isClosed)
        let (bytes, progress) = try pair.client.open()
        #expect(bytes.isEmpty && progress.state == .closed && pair.client.inbound.isEmpty)
    }

    @Test(arguments: Version.allCases, Worker.allCases)
    func `nothing is taken of a record that has not come whole`(version: Version, worker: Worker) throws {
        let pair = try worker.pair(version)
        for size in [1, 16_384, 16_384] {
            let bytes = [UInt8](repeating: 7, count: size)
            try pair.server.write(bytes)
            let record = pair.server.takeOutput()
            for count in [0, 1, 4, 5, record.count / 2, record.count - 1] {
                pair.client.inbound = Array(record.prefix(count))
                let (none, progress) = try pair.client.open()
                #expect(none.isEmpty && progress.consumed == 0 && progress.state == .needsInput)
                #expect(pair.client.inbound == Array(record.prefix(count)))
            }
            pair.client.inbound = record
            #expect(try pair.client.open().bytes == bytes)
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
            try pair.server.write(bytes)
            try pair.server.write([9])
            pair.exchange()
            #expect(try pair.client.read(limit: 150).bytes == Array(bytes.prefix(150)))
            let error = #expect(throws: TLSError.self) { try pair.client.open() }
            #expect(error?.category == .misuse)
            #expect(try pair.client.read(limit: 150).bytes == Array(bytes.dropFirst(150)))
            #expect(try pair.client.open().bytes == [9])
        }
    }

    @Test(arguments: Version.allCases, Worker.allCases)
    func `reads elsewhere and openings in any order lose nothing`(version: Version, worker: Worker) throws {
        let pair = try worker.pair(version)
        var random = SeededGenerator(seed: 54)
        var (sent, received) = ([UInt8](), [UInt8]())
        for _ in 0..<100 {
            let piece = random.bytes(Int.random(in: 1...20_000, using: &random))
            try pair.server.write(piece)
            sent += piece
        }
        pair.exchange()
        while received.count < sent.count {
            let opens = Bool.random(using: &random)
            let bytes = opens ? try pair.client.open().bytes : try pair.client.read().bytes
            try #require(!bytes.isEmpty)
            received += bytes
        }
        #expect(Digest(received) == Digest(sent))
    }
}
