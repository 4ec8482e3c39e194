/// How many typing errors lie between two words.
enum EditDistance {
    /// Insertions, deletions, substitutions and swaps of neighbours that turn one word into the other, in bytes,
    /// regardless of the case of ASCII letters; nil if there are more than `limit`.
    ///
    /// Words whose lengths alone differ by more are not compared, so that the cost is bounded by the shorter one.
    /// Source: optimal string alignment, after F. J. Damerau, CACM 7 (3), 1964.
    static func between(_ first: String, _ second: String, limit: Int) -> Int? {
        guard abs(first.utf8.count - second.utf8.count) <= limit else { return nil }
        let (a, b) = (folded(first), folded(second))
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            for j in b.indices {
                var cost = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    cost = min(cost, beforeLast[j - 1] + 1)
                }
                row.append(cost)
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count] <= limit ? last[b.count] : nil
    }

    private static func folded(_ word: String) -> [UInt8] {
        word.utf8.map { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }
}
