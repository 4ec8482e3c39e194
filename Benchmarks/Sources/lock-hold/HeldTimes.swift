/// How long calls took, nanoseconds.
struct HeldTimes {
    private var nanoseconds: [UInt64] = []

    /// Times one call.
    mutating func measure<Result>(_ call: () throws -> Result) rethrows -> Result {
        let clock = ContinuousClock()
        let start = clock.now
        defer { nanoseconds.append(UInt64((clock.now - start) / .nanoseconds(1))) }
        return try call()
    }

    /// p50, p99 and the longest, microseconds, as cells of a table's row.
    var cells: String {
        let sorted = nanoseconds.sorted()
        let places = [sorted.count / 2, sorted.count * 99 / 100, sorted.count - 1]
        return places.map { place in
            let tenths = (sorted[place] + 50) / 100
            return "\(tenths / 10).\(tenths % 10)"
        }
        .joined(separator: " | ")
    }
}
