/// The server's part of a handshake that a client takes turns with: how long it took, and whether it is counted work.
final class ServerShare {
    private(set) var time = Duration.zero
    private let isCounted: Bool

    init(isCounted: Bool) { self.isCounted = isCounted }

    func run<Result>(_ work: () throws -> Result) rethrows -> Result {
        let start = ContinuousClock.now
        defer { time += start.duration(to: .now) }
        return isCounted ? try countedWork(work) : try work()
    }
}
