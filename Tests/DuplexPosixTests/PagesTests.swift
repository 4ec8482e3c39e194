import CPages
import DuplexPosix
import Glibc
import Testing

@Suite struct PagesTests {
    private static let page = Int(getpagesize())

    /// How many of the pages in the range are in memory.
    private static func residentPages(_ base: UnsafeMutableRawPointer, count: Int) -> Int {
        var residency = [UInt8](repeating: 0, count: count)
        guard mincore(base, count * page, &residency) == 0 else { return -1 }
        return residency.count { $0 & 1 == 1 }
    }

    private static func withPages(_ count: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
        let base = mmap(nil, count * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let base, base != MAP_FAILED else {
            Issue.record("no memory")
            return
        }
        defer { munmap(base, count * page) }
        body(base)
    }

    @Test func `pages of zeros are given back, and every byte reads as before`() {
        Self.withPages(8) { base in
            memset(base, 0, 8 * Self.page)
            base.storeBytes(of: 7, toByteOffset: 3 * Self.page + 100, as: UInt8.self)
            base.storeBytes(of: 9, toByteOffset: 6 * Self.page - 1, as: UInt8.self)
            #expect(Self.residentPages(base, count: 8) == 8)
            #expect(pages_release_zeros(base, 8 * Self.page) == 6)
            #expect(Self.residentPages(base, count: 8) == 2)
            let bytes = UnsafeRawBufferPointer(start: base, count: 8 * Self.page)
            let places = bytes.enumerated().filter { $0.element != 0 }.map(\.offset)
            #expect(places == [3 * Self.page + 100, 6 * Self.page - 1])
        }
    }

    @Test(arguments: [(1, 0), (100, 4096), (0, 4095), (4095, 2)])
    func `a page that is not whole in the block is left alone`(offset: Int, rest: Int) {
        Self.withPages(4) { base in
            memset(base, 0, 4 * Self.page)
            let released = pages_release_zeros(base + offset, 2 * Self.page + rest - offset)
            let first = offset == 0 ? 0 : 1
            let end = (2 * Self.page + rest) / Self.page
            #expect(released == end - first)
            #expect(Self.residentPages(base, count: 4) == 4 - released)
        }
    }

    /// Fills 100 KB of the calling thread's stack.
    @inline(never) private static func useStack(_ depth: Int) -> UInt64 {
        withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 16) { scratch in
            scratch.initializeMemory(as: UInt8.self, repeating: UInt8(depth))
            return depth == 0 ? UInt64(scratch[7]) : useStack(depth - 1) &+ UInt64(scratch[9])
        }
    }

    /// The resident bytes of the mapping that `address` lies in.
    private static func residentBytes(around address: UInt) -> Int? {
        guard let file = fopen("/proc/self/smaps", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 512)
        var isInside = false
        while fgets(&line, 512, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let range = text.prefix { $0 != " " }.split(separator: "-").compactMap { UInt($0, radix: 16) }
            if range.count == 2 { isInside = range[0] <= address && address < range[1] }
            if isInside, text.hasPrefix("Rss:") {
                return text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
            }
        }
        return nil
    }

    /// It keeps local variables in memory of its own (detect_stack_use_after_return).
    private static let isUnderAddressSanitizer = dlsym(nil, "__asan_init") != nil

    @Test(.disabled(if: isUnderAddressSanitizer, "the frames are not where the stack is"))
    func `a thread gives its used stack back and goes on`() throws {
        let found = Found()
        let thread = try Thread(name: "deep", stackSize: 1 << 19) {
            var local = Self.useStack(24)
            let address = withUnsafePointer(to: &local) { UInt(bitPattern: $0) }
            let before = Self.residentBytes(around: address)
            Thread.releaseUnusedMemory()
            found.note(before: before, after: Self.residentBytes(around: address), sum: local &+ Self.useStack(24))
        }
        thread.join()
        #expect(found.sum == 2 * (0..<25).reduce(0) { $0 + UInt64($1) })
        #expect((found.before ?? 0) >= 96)
        // What reading the file takes, the frames, and the C library's own pages.
        #expect((found.after ?? .max) <= (found.before ?? 0) - 64)
    }

    private final class Found: @unchecked Sendable {
        // Written by the thread before its end, read after the join.
        private(set) var before: Int?
        private(set) var after: Int?
        private(set) var sum: UInt64 = 0

        func note(before: Int?, after: Int?, sum: UInt64) {
            (self.before, self.after, self.sum) = (before, after, sum)
        }
    }

    @Test func `on a thread that was started by others nothing happens`() {
        pages_release_stack()
    }
}
