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

    @Test(arguments: Version.allCases)
    func `a session at rest is folded, and its next call unfolds it`(version: Version) throws {
        let before = duplex_slot_folded_count()
        let pair = try TLSPair.connected(version)
        let message = [UInt8](repeating: 3, count: 40_000)
        for _ in 0..<3 {
            for end in [pair.client, pair.server] {
                end.session.releaseMemory()
                end.session.releaseMemory()
            }
            #expect(duplex_slot_folded_count() == before + 2)
            try pair.client.write(message)
            #expect(duplex_slot_folded_count() == before + 1)
            pair.exchange()
            #expect(try pair.server.drain().bytes == message)
            #expect(duplex_slot_folded_count() == before)
        }
        pair.client.session.releaseMemory()
        pair.server.session.releaseMemory()
        pair.client.close()
        pair.exchange()
        #expect(try pair.server.drain().isClosed)
        #expect(duplex_slot_folded_count() == before)
    }

    @Test func `a session is folded when both of its halves rest, and not before`() throws {
        let pair = try TLSPair.connected()
        let before = duplex_slot_folded_count()
        let message: [UInt8] = [1, 2, 3]
        pair.server.readerRests()
        pair.server.readerRests()
        #expect(duplex_slot_folded_count() == before)
        try pair.server.write(message)
        pair.exchange()
        #expect(try pair.client.drain().bytes == message)
        #expect(duplex_slot_folded_count() == before)
        pair.server.writerRests()
        #expect(duplex_slot_folded_count() == before + 1)
        // The writer still rests when the reader is used.
        try pair.client.write(message)
        pair.exchange()
        #expect(try pair.server.drain().bytes == message)
        #expect(duplex_slot_folded_count() == before)
        pair.server.writerRests()
        #expect(duplex_slot_folded_count() == before)
        pair.server.readerRests()
        #expect(duplex_slot_folded_count() == before + 1)
    }

    @Test func `a half that has ended rests`() throws {
        let before = duplex_slot_folded_count()
        let pair = try TLSPair.connected()
        pair.client.close()
        pair.client.readerRests()
        #expect(duplex_slot_folded_count() == before + 1)
        pair.exchange()
        #expect(try pair.server.drain().isClosed)
        pair.server.writerRests()
        #expect(duplex_slot_folded_count() == before + 2)
        try pair.server.write([7])
        pair.exchange()
        #expect(try pair.client.drain().bytes == [7])
        #expect(duplex_slot_folded_count() == before)
    }

    @Test func `a session that ends while it is folded leaves nothing behind`() throws {
        let before = (duplex_slot_count(), duplex_slot_folded_count())
        do {
            let pair = try TLSPair.connected()
            pair.client.session.releaseMemory()
            pair.server.session.releaseMemory()
            #expect(duplex_slot_folded_count() == before.1 + 2)
        }
        #expect((duplex_slot_count(), duplex_slot_folded_count()) == before)
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
        #expect(duplex_slot_allocate(slot, 57_329) == nil)
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

    @Test func `after a crowd some slots keep their memory, and they serve first`() throws {
        let warmLimit = 64
        var crowd = try (0..<3 * warmLimit).map { _ in try Self.wholeSlot() }
        for (slot, block) in crowd { Self.giveBack(slot, block) }
        crowd = try (0..<3 * warmLimit).map { _ in try Self.untouchedSlot() }
        // Where a slot has no memory, the header of the block that is laid brings one page back.
        let pages = crowd.map { Self.residentPages(of: $0.block) }
        #expect(pages.prefix(warmLimit).allSatisfy { $0 == Self.slotSize / 4096 })
        #expect(pages.dropFirst(warmLimit).allSatisfy { $0 == 1 })
        for (slot, block) in crowd { Self.giveBack(slot, block) }
        // One after the other, beside all that are free.
        let (slot, block) = try Self.wholeSlot()
        Self.giveBack(slot, block)
        for _ in 0..<3 {
            let (slot, block) = try Self.untouchedSlot()
            #expect(Self.residentPages(of: block) == Self.slotSize / 4096)
            Self.giveBack(slot, block)
        }
    }

    @Test func `a folded slot takes no page, and every byte of it comes back`() throws {
        let (slot, block) = try Self.wholeSlot()
        defer { Self.giveBack(slot, block) }
        var random = SystemRandomNumberGenerator()
        // Its first and its last byte, both sides of a page's end, and a sixth of the words between.
        var content = [UInt8](repeating: 0, count: Self.slotSize - 16)
        for _ in 0..<content.count / 48 {
            content[Int.random(in: 0..<content.count, using: &random) & ~7] = UInt8.random(in: 1...255, using: &random)
        }
        for place in [0, 4079, 4080, content.count - 1] { content[place] = 7 }
        for _ in 0..<2 {
            block.copyMemory(from: content, byteCount: content.count)
            #expect(duplex_slot_fold(slot) == 1)
            #expect(Self.residentPages(of: block) == 0)
            duplex_slot_unfold(slot)
            #expect(UnsafeRawBufferPointer(start: block, count: content.count).elementsEqual(content))
            #expect(duplex_slot_block_size(block) == content.count)
            content.reverse()
        }
        duplex_slot_unfold(slot)
        #expect(UnsafeRawBufferPointer(start: block, count: content.count).elementsEqual(content.reversed()))
    }

    @Test func `a slot that is mostly full stays as it is`() throws {
        let (slot, block) = try Self.wholeSlot()
        defer { Self.giveBack(slot, block) }
        // With the words of its header, half of the slot.
        memset(block, 5, Self.slotSize / 2 - 8)
        #expect(duplex_slot_fold(slot) == 1)
        duplex_slot_unfold(slot)
        memset(block, 5, Self.slotSize / 2)
        #expect(duplex_slot_fold(slot) == 0)
        #expect(Self.residentPages(of: block) == Self.slotSize / 4096)
        #expect(UnsafeRawBufferPointer(start: block, count: Self.slotSize / 2).allSatisfy { $0 == 5 })
    }

    @Test func `a slot with many lone words stays as it is`() throws {
        let (slot, block) = try Self.wholeSlot()
        defer { Self.giveBack(slot, block) }
        // With the header's, a run of every second word.
        for run in 1..<1024 { block.storeBytes(of: 1, toByteOffset: run * 16, as: UInt64.self) }
        #expect(duplex_slot_fold(slot) == 1)
        duplex_slot_unfold(slot)
        block.storeBytes(of: 1, toByteOffset: 1024 * 16, as: UInt64.self)
        #expect(duplex_slot_fold(slot) == 0)
        #expect((0..<1025).allSatisfy { block.load(fromByteOffset: $0 * 16, as: UInt64.self) == ($0 == 0 ? 0 : 1) })
    }

    /// Its mlock does nothing.
    private static let isUnderThreadSanitizer = dlsym(nil, "__tsan_init") != nil

    @Test(.disabled(if: isUnderThreadSanitizer, "memory cannot be locked"))
    func `where memory is locked, a slot stays as it is`() async {
        await #expect(processExitsWith: .success) {
            let slot = try #require(duplex_slot_open())
            let block = try #require(duplex_slot_allocate(slot, 50_000))
            memset(block, 0, 50_000)
            block.storeBytes(of: 77, toByteOffset: 20_000, as: UInt64.self)
            // Its last page alone: the pages before it could be given back.
            #expect(mlock(block + 49_000, 1) == 0)
            for _ in 0..<2 { #expect(duplex_slot_fold(slot) == 0) }
            #expect(duplex_slot_folded_count() == 0)
            #expect(block.load(fromByteOffset: 20_000, as: UInt64.self) == 77)
            #expect(duplex_slot_block_size(block) == 50_000)
            duplex_slot_close(slot)
            #expect(duplex_slot_release(block) == 1)
        }
    }

    @Test func `a block that is freed twice stops the program`() async {
        await #expect(processExitsWith: .signal(SIGABRT)) {
            let slot = try #require(duplex_slot_open())
            let block = try #require(duplex_slot_allocate(slot, 100))
            _ = duplex_slot_release(block)
            _ = duplex_slot_release(block)
        }
    }

    private static let slotSize = 14 * 4096

    /// A slot with one block of zeros in it, as large as there can be.
    private static func wholeSlot() throws -> (slot: OpaquePointer, block: UnsafeMutableRawPointer) {
        let (slot, block) = try untouchedSlot()
        memset(block, 0, slotSize - 16)
        return (slot, block)
    }

    private static func untouchedSlot() throws -> (slot: OpaquePointer, block: UnsafeMutableRawPointer) {
        let slot = try #require(duplex_slot_open())
        return (slot, try #require(duplex_slot_allocate(slot, slotSize - 16)))
    }

    private static func giveBack(_ slot: OpaquePointer, _ block: UnsafeMutableRawPointer) {
        #expect(duplex_slot_release(block) == 1)
        duplex_slot_close(slot)
    }

    /// How many pages of the slot that begins with `block` are in memory.
    private static func residentPages(of block: UnsafeMutableRawPointer) -> Int {
        var residency = [UInt8](repeating: 0, count: slotSize / 4096)
        guard mincore(block - 16, slotSize, &residency) == 0 else { return -1 }
        return residency.count { $0 & 1 == 1 }
    }

    @Test func `memory that is not in a slot is not taken for such`() {
        let block = malloc(64)
        defer { free(block) }
        #expect(duplex_slot_block_size(block) == 0 && duplex_slot_release(block) == 0)
        #expect(duplex_slot_block_size(nil) == 0 && duplex_slot_release(nil) == 0)
        #expect(duplex_slot_of(block) == nil && duplex_slot_of(nil) == nil)
    }
}

private func hasSlots() -> Bool {
    guard let slot = duplex_slot_open() else { return false }
    duplex_slot_close(slot)
    return true
}
