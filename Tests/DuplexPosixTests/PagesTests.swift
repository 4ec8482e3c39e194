import CPages
import DuplexPosix
import Glibc
import Testing

@Suite struct PagesTests {
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
