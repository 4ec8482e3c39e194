import CWolfSSLShims
import DuplexTLS
import Glibc
import Testing

/// Where the library's objects lie: see object_slots.h. Slots are not used under AddressSanitizer.
@Suite(.enabled(if: hasSlots())) struct ObjectSlotTests {
    @Test func `an object has a slot while it lives, and no longer`() throws {
        let before = duplex_slot_count()
        var sessions: [DuplexSession] = []
        let context = try TLSContext(client: ClientSettings(trust: .anyone))
        for _ in 0..<10 { sessions.append(try DuplexSession(context: context)) }
        #expect(duplex_slot_count() == before + 10)
        sessions.removeAll()
        #expect(duplex_slot_count() == before)
    }

    @Test func `blocks lie apart, keep their bytes and know their sizes`() throws {
        let slot = try #require(duplex_slot_open())
        let sizes = [1, 37_512, 16, 10_864, 3_000, 17]
        let blocks = try sizes.map { try #require(duplex_slot_allocate(slot, $0)) }
        for (index, block) in blocks.enumerated() {
            #expect(UInt(bitPattern: block) % 16 == 0)
            #expect(duplex_slot_block_size(block) == sizes[index])
            memset(block, Int32(index + 1), sizes[index])
        }
        for (index, block) in blocks.enumerated() {
            #expect(UnsafeRawBufferPointer(start: block, count: sizes[index]).allSatisfy { $0 == UInt8(index + 1) })
        }
        duplex_slot_close(slot)
        for block in blocks { #expect(duplex_slot_release(block) == 1) }
    }

    @Test func `what does not fit is refused`() throws {
        let slot = try #require(duplex_slot_open())
        #expect(duplex_slot_allocate(slot, 37_521) == nil)
        #expect(duplex_slot_allocate(slot, 0) == nil)
        let large = try #require(duplex_slot_allocate(slot, 37_000))
        #expect(duplex_slot_allocate(slot, 37_000) == nil)
        var small: [UnsafeMutableRawPointer] = []
        while let block = duplex_slot_allocate(slot, 1_000) { small.append(block) }
        #expect(small.count == 19)
        duplex_slot_close(slot)
        for block in small + [large] { #expect(duplex_slot_release(block) == 1) }
    }

    @Test func `a slot serves again after its last block, and the newest first`() throws {
        let slot = try #require(duplex_slot_open())
        let first = try #require(duplex_slot_allocate(slot, 100))
        let second = try #require(duplex_slot_allocate(slot, 100))
        duplex_slot_close(slot)
        let count = duplex_slot_count()
        #expect(duplex_slot_release(first) == 1)
        #expect(duplex_slot_count() == count)
        #expect(duplex_slot_release(second) == 1)
        #expect(duplex_slot_count() == count - 1)
        let again = try #require(duplex_slot_open())
        #expect(again == slot)
        #expect(duplex_slot_allocate(again, 100) == first)
        duplex_slot_close(again)
        #expect(duplex_slot_release(first) == 1)
    }

    @Test func `memory that is not in a slot is not taken for such`() {
        let block = malloc(64)
        defer { free(block) }
        #expect(duplex_slot_block_size(block) == 0 && duplex_slot_release(block) == 0)
        #expect(duplex_slot_block_size(nil) == 0 && duplex_slot_release(nil) == 0)
    }
}

private func hasSlots() -> Bool {
    guard let slot = duplex_slot_open() else { return false }
    duplex_slot_close(slot)
    return true
}
