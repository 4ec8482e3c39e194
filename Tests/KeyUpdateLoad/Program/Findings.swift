/// What held and what did not, told line by line.
struct Findings {
    private(set) var passed = 0
    private(set) var failed = 0

    /// Counts one finding.
    ///
    /// - Parameter sentence: what is true when `holds` is, with its figures.
    mutating func note(_ holds: Bool, _ sentence: String) {
        if holds { passed += 1 } else { failed += 1 }
        print(holds ? "ok      \(sentence)" : "FAILED  \(sentence)")
    }
}
