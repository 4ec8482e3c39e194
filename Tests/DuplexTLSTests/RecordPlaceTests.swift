import CWolfSSLShims
import DuplexTLS
import Glibc
import TestSupport
import Testing

/// Where the library builds the records that it sends: see library_memory.h.
@Suite struct RecordPlaceTests {
    @Test(arguments: Version.allCases)
    func `a large record is built in the outbound queue, a small one is copied there`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        // The first one of the process shows where the library puts a record in its block.
        _ = try pair.client.writeOnce([UInt8](repeating: 1, count: 2_000))
        for (size, isLarge) in [(16_384, true), (1_024, true), (1_023, false), (1, false)] {
            let before = duplex_memory_lent_count()
            _ = try pair.client.writeOnce([UInt8](repeating: 2, count: size))
            #expect(duplex_memory_lent_count() - before == (isLarge ? 1 : 0), "size \(size)")
        }
    }

    @Test(arguments: Version.allCases)
    func `records of both kinds in one queue arrive in order`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        var random = SeededGenerator(seed: 3)
        var sent: [UInt8] = []
        for _ in 0..<300 {
            let piece = random.bytes(Int.random(in: 1...3_000, using: &random))
            try pair.server.write(piece)
            sent += piece
            if version == .tls13, Int.random(in: 0..<10, using: &random) == 0 { try pair.server.updateKeys() }
        }
        pair.exchange()
        #expect(try Digest(pair.client.drain().bytes) == Digest(sent))
    }

    @Test func `what is lent is neither moved nor written over`() {
        var window = duplex_transport_window()
        #expect(duplex_transport_reserve(&window, 4_000) == 0)
        defer { duplex_transport_free_output(window.output) }
        window.lent = window.output
        // As much as is reserved is there; more would move it.
        #expect(duplex_transport_reserve(&window, window.output_capacity) == 0)
        #expect(duplex_transport_reserve(&window, window.output_capacity + 1) != 0)
        var other = [CChar](repeating: 5, count: 100)
        #expect(duplex_transport_send(nil, &other, 100, &window) < 0)
        #expect(window.output_count == 0)
        // What was built in place is taken without a copy.
        window.output[0] = 9
        let place = UnsafeMutableRawPointer(window.output!).assumingMemoryBound(to: CChar.self)
        #expect(duplex_transport_send(nil, place, 100, &window) == 100)
        #expect(window.output_count == 100 && window.output[0] == 9)
    }

    @Test func `what the library writes in front of a record changes nothing that waits to be sent`() throws {
        // The first record of the process shows where the library puts one in its block.
        let pair = try TLSPair.connected(.tls13)
        _ = try pair.client.writeOnce([UInt8](repeating: 1, count: 2_000))
        var window = duplex_transport_window()
        #expect(duplex_transport_reserve(&window, 8_000) == 0)
        defer { duplex_transport_free_output(window.output) }
        let waiting = [UInt8](repeating: 7, count: 100)
        for (index, byte) in waiting.enumerated() { window.output[index] = byte }
        window.output_count = waiting.count
        duplex_memory_lend_output(&window, 2_000)
        let block = try #require(wolfSSL_Malloc(2_100))
        let offset = try #require(window.output) + waiting.count - block.assumingMemoryBound(to: UInt8.self)
        #expect(window.lent == block.assumingMemoryBound(to: UInt8.self))
        #expect((0...Int(duplex_transport_headroom)).contains(offset))
        memset(block, 9, 2_100)
        wolfSSL_Free(block)
        #expect(window.lent == nil)
        #expect(duplex_memory_settle(&window) == 0)
        #expect(Array(UnsafeBufferPointer(start: window.output, count: waiting.count)) == waiting)
    }
}
