import CWolfSSLShims
import DuplexPosix
import Glibc
import TestSupport
import Testing

@testable import DuplexTLS

/// Records that are built around plaintext where it was received.
@Suite struct StagedRecordTests {
    private static let sizes = [
        1, 1_023, 1_024, 16_383, 16_384, 16_385, 17_407, 17_408, 32_768, 32_769, 100_000, 131_072,
    ]

    @Test(arguments: Version.allCases)
    func `what was received goes out whole and in order, whatever its size`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        var random = SeededGenerator(seed: 41)
        for size in Self.sizes + (0..<40).map({ _ in Int.random(in: 1...140_000, using: &random) }) {
            let bytes = random.bytes(size)
            try pair.server.write(received: bytes)
            pair.exchange()
            #expect(try Digest(pair.client.drain().bytes) == Digest(bytes), "size \(size)")
        }
    }

    @Test(arguments: Version.allCases)
    func `each record of 1,024 bytes and more is built where it lies`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        // The first one of the process shows where the library puts a record in its block.
        _ = try pair.server.writeOnce([UInt8](repeating: 1, count: 2_000))
        for (size, lent) in [(1_024, 1), (16_384 * 3, 3), (16_384 * 3 + 1_023, 3), (16_384 + 1_024, 2), (1_023, 0)] {
            let before = duplex_memory_lent_count()
            try pair.server.write(received: [UInt8](repeating: 2, count: size))
            #expect(duplex_memory_lent_count() - before == lent, "size \(size)")
        }
    }

    @Test(arguments: Version.allCases)
    func `what waits in the queue goes out first`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        var random = SeededGenerator(seed: 42)
        var sent: [UInt8] = []
        for _ in 0..<60 {
            let (small, large) = (random.bytes(1 + sent.count % 500), random.bytes(20_000))
            try pair.server.write(small)
            try pair.server.write(received: large)
            if version == .tls13 { try pair.server.updateKeys() }
            sent += small + large
        }
        pair.exchange()
        #expect(try Digest(pair.client.drain().bytes) == Digest(sent))
    }

    @Test(arguments: Version.allCases)
    func `the writer's buffer comes back to it when it was sent`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        // The first one of the process shows where the library puts a record in its block.
        _ = try pair.server.writeOnce([UInt8](repeating: 1, count: 2_000))
        _ = pair.server.takeOutput()
        var places: Set<UnsafeMutableRawPointer?> = []
        for _ in 0..<8 {
            places.insert(pair.server.roomPlace(for: 131_072))
            try pair.server.write(received: [UInt8](repeating: 3, count: 131_072))
            _ = pair.server.takeOutput()
        }
        #expect(places.count == 1)
    }

    // MARK: Between two staged records

    /// A server's core in the middle of staged plaintext, and its client.
    private struct Middle {
        let pair: TLSPair
        let core: SessionCore
        let plaintext: [UInt8]

        init(_ version: Version, written records: Int) throws {
            pair = try TLSPair.connected(version)
            // The first one of the process shows where the library puts a record in its block.
            _ = try pair.client.writeOnce([UInt8](repeating: 1, count: 2_000))
            pair.exchange()
            _ = try pair.server.drain()
            core = pair.server.session.core
            var random = SeededGenerator(seed: 43)
            plaintext = random.bytes(70_000)
            let frame = try #require(core.recordFrame)
            var buffer = OutboundBuffer()
            guard buffer.reserve(80_000), let base = buffer.base else {
                throw SystemCallError("malloc", "80,000 bytes", code: ENOMEM)
            }
            var rest = plaintext[...]
            for piece in PlaintextRoom(base, frame: frame, size: plaintext.count) {
                piece.copyBytes(from: rest.prefix(piece.count))
                rest = rest.dropFirst(piece.count)
            }
            try core.stage(&buffer, frame: frame, count: plaintext.count)
            for _ in 0..<records { #expect(try core.writeStaged()) }
        }

        func writeRest() throws { while try core.writeStaged() {} }
    }

    @Test(arguments: 0..<5)
    func `an answer of the reader's takes its place between the records`(records: Int) throws {
        let middle = try Middle(.tls13, written: records)
        let (client, server) = (middle.pair.client, middle.pair.server)
        try client.updateKeys()
        server.inbound += client.takeOutput()
        #expect(try server.drain().hasOutput)
        let left = server.readerFlush { _ in
            Issue.record("what is staged was sent")
            return 0
        }
        #expect(left == .leftToHolder, "the writer sends it with its records")
        try client.updateKeys()
        server.inbound += client.takeOutput()
        _ = try server.drain()
        try middle.writeRest()
        client.inbound += server.takeOutput()
        #expect(try Digest(client.drain().bytes) == Digest(middle.plaintext))
        try client.write([1])
        middle.pair.exchange()
        #expect(try server.drain().bytes == [1])
    }

    @Test(arguments: Version.allCases)
    func `when the session fails, what was encrypted and the alert go out, and nothing of the rest`(version: Version)
        throws
    {
        let middle = try Middle(version, written: 2)
        let (client, server) = (middle.pair.client, middle.pair.server)
        try client.write([1, 2, 3])
        server.inbound += client.takeOutput()
        server.inbound[server.inbound.count - 1] ^= 1
        #expect(try server.drain().failure?.alertSent == .badRecordMAC)
        let error = #expect(throws: TLSError.self) { try middle.writeRest() }
        #expect(error?.category == .protocolViolation)
        var wire: [UInt8] = []
        #expect(
            server.readerFlush {
                wire += $0
                return $0.count
            } == .flushed
        )
        client.inbound += wire
        let drained = try client.drain()
        #expect(Digest(drained.bytes) == Digest(Array(middle.plaintext.prefix(2 * 16_384))))
        #expect(drained.failure?.alertReceived == .badRecordMAC)
    }

    @Test func `a rest of the reader's leaves what is staged alone`() throws {
        let middle = try Middle(.tls13, written: 0)
        middle.pair.server.readerRests()
        middle.core.rest(.both)
        try middle.writeRest()
        middle.pair.client.inbound += middle.pair.server.takeOutput()
        #expect(try Digest(middle.pair.client.drain().bytes) == Digest(middle.plaintext))
    }

    // MARK: What the library may do wrong

    private static let frame = duplex_record_frame(before: 5, plaintext: 16_384, behind: 17)

    /// A window with two records and a half of plaintext.
    private struct Staged {
        var window = duplex_transport_window()
        let plaintext: [UInt8]

        init() {
            var random = SeededGenerator(seed: 44)
            plaintext = random.bytes(40_000)
            var buffer = OutboundBuffer()
            _ = buffer.reserve(60_000)
            var rest = plaintext[...]
            for piece in PlaintextRoom(buffer.base!, frame: frame, size: plaintext.count) {
                piece.copyBytes(from: rest.prefix(piece.count))
                rest = rest.dropFirst(piece.count)
            }
            duplex_transport_stage(&window, &buffer.base, &buffer.capacity, frame, plaintext.count)
        }

        mutating func begin() -> [UInt8] {
            var count = 0
            let place = duplex_transport_begin_record(&window, nil, 0, &count)
            return Array(UnsafeBufferPointer(start: place, count: count))
        }

        mutating func send(_ size: Int, inPlace: Bool) -> Int32 {
            var other = [CChar](repeating: 9, count: size)
            window.lent = inPlace ? window.output : nil
            defer { window.lent = nil }
            let tail = UnsafeMutableRawPointer(window.output! + window.output_count)
            let place = tail.assumingMemoryBound(to: CChar.self)
            return inPlace
                ? duplex_transport_send(nil, place, Int32(size), &window)
                : duplex_transport_send(nil, &other, Int32(size), &window)
        }
    }

    @Test func `a record of another size than its place is refused`() {
        for size in [5 + 16_384 + 16, 5 + 16_384 + 18] {
            var staged = Staged()
            defer { duplex_transport_free_output(staged.window.output) }
            #expect(staged.begin() == Array(staged.plaintext.prefix(16_384)))
            #expect(staged.send(size, inPlace: true) < 0)
            #expect(staged.window.output_count == 0)
        }
    }

    @Test func `nothing is written over the plaintext that the library was given`() {
        var staged = Staged()
        defer { duplex_transport_free_output(staged.window.output) }
        _ = staged.begin()
        #expect(staged.send(27, inPlace: false) < 0)
        #expect(staged.send(5 + 16_384 + 17, inPlace: true) == 5 + 16_384 + 17)
        duplex_transport_end_record(&staged.window)
        // Between two records there is a way.
        for _ in 0..<100 { #expect(staged.send(27, inPlace: false) == 27) }
        #expect(staged.begin() == Array(staged.plaintext[16_384..<32_768]))
        #expect(staged.send(5 + 16_384 + 17, inPlace: true) == 5 + 16_384 + 17)
        duplex_transport_end_record(&staged.window)
        #expect(staged.begin() == Array(staged.plaintext[32_768...]))
    }

    @Test func `what the library writes behind a record changes nothing of the next one`() throws {
        _ = try TLSPair.connected(.tls13).client.writeOnce([UInt8](repeating: 1, count: 2_000))
        var staged = Staged()
        defer { duplex_transport_free_output(staged.window.output) }
        _ = staged.begin()
        duplex_memory_lend_output(&staged.window, 16_384)
        let block = try #require(wolfSSL_Malloc(16_384 + 60))
        #expect(staged.window.lent == block.assumingMemoryBound(to: UInt8.self))
        memset(block, 9, 16_384 + 60)
        #expect(duplex_transport_send(nil, place(&staged.window), 5 + 16_384 + 17, &staged.window) > 0)
        wolfSSL_Free(block)
        #expect(duplex_memory_settle(&staged.window) == 0)
        duplex_transport_end_record(&staged.window)
        #expect(staged.begin() == Array(staged.plaintext[16_384..<32_768]))
    }

    private func place(_ window: inout duplex_transport_window) -> UnsafeMutablePointer<CChar> {
        UnsafeMutableRawPointer(window.output! + window.output_count).assumingMemoryBound(to: CChar.self)
    }
}
