import DuplexPosix

/// Runs `body` on `count` threads, with the number of each, and waits for the end of all.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws {
    guard count > 0 else { return }
    let thread = try Thread(name: "test-\(count)", stackSize: 1 << 20) { body(count - 1) }
    // A thread cannot be kept in an array: it is ~Copyable. Recursion keeps each in a frame of its own.
    let rest = Result { try onThreads(count - 1, body) }
    thread.join()
    try rest.get()
}
