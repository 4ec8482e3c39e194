import Workbench

/// Handshakes under one setting, counted after the first few.
struct CountedHandshakes {
    private let bench: Bench
    private static let uncounted = 3

    init(_ setting: Setting) throws { bench = try Bench(setting) }

    func runFull(_ count: Int) throws {
        for _ in 0..<Self.uncounted { _ = try Conversation(bench) }
        for _ in 0..<count { _ = try Conversation(bench, isCounted: true) }
    }

    /// Each takes up the session of the one before.
    func runResumed(_ count: Int) throws {
        var last = try Conversation(bench)
        for _ in 0..<Self.uncounted { last = try Conversation(bench, resuming: last) }
        for _ in 0..<count { last = try Conversation(bench, resuming: last, isCounted: true) }
    }
}
