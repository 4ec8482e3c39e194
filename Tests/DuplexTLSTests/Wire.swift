import DuplexLock

/// What a transport took, in the order in which it took it.
final class Wire: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `taken` is used only while `lock` is held.
    private let lock = Lock()
    private var taken: [UInt8] = []

    var bytes: [UInt8] { lock.withLock { taken } }
    func take(_ bytes: some Sequence<UInt8>) { lock.withLock { taken += bytes } }
}
