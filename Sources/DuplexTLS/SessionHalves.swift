/// A set of the two halves of a session.
struct SessionHalves: OptionSet {
    let rawValue: UInt8

    static let reader = SessionHalves(rawValue: 1)
    static let writer = SessionHalves(rawValue: 2)
    static let both: SessionHalves = [.reader, .writer]
}
