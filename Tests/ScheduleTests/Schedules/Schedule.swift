internal import DuplexTLS

/// What one run does: a version, the room in the transport, and the steps. The same for the same seed.
struct Schedule: CustomStringConvertible {
    var version: TLSVersion
    /// Bytes that each direction of the transport holds, sent and not yet arrived.
    var clientRoom: Int
    var serverRoom: Int
    /// Whether the handshake is complete before the first step.
    var startsConnected: Bool
    var steps: [Step]

    /// Room that no schedule fills.
    static let unlimitedRoom = 1 << 30
    /// The most plaintext of one write, bytes: over one record.
    static let writeLimit = 20_000
    /// The same of what is received at once: over three records.
    static let receiveLimit = 50_000

    var description: String {
        let start = startsConnected ? "after the handshake" : "from the start of the handshake"
        let rooms = "room \(clientRoom) from the client, \(serverRoom) from the server"
        let lines = steps.enumerated().map { "  \($0 + 1). \($1)\n" }
        return "\(version), \(start), \(rooms), \(steps.count) steps, then all run to the end\n"
            + lines.joined()
    }
}

extension Schedule {
    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        version = random.isOneIn(3) ? .tls12 : .tls13
        clientRoom = Self.room(&random)
        serverRoom = Self.room(&random)
        startsConnected = !random.isOneIn(3)
        steps = []
        let count = Int.random(in: 10...120, using: &random)
        while steps.count < count { Self.addPhase(&steps, &random) }
        // How it ends: half of all schedules in good order, the others with a cut stream or a failed transport.
        let place = Int.random(in: 0...steps.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: steps.insert(.cut(.client, keep: random.size(limit: 4_000) - 1), at: place)
        case 1: steps.insert(.cut(.server, keep: random.size(limit: 4_000) - 1), at: place)
        case 2: steps.insert(.reset, at: place)
        default: break
        }
        for role in [TLSRole.client, .server] where random.isOneIn(2) {
            steps.insert(.close(role), at: Int.random(in: 0...steps.count, using: &random))
        }
    }

    private static func room(_ random: inout SeededGenerator) -> Int {
        random.isOneIn(2) ? unlimitedRoom : random.size(limit: 1 << 15)
    }

    /// Adds steps during which each of the four threads is as busy as drawn here, or stalls.
    private static func addPhase(_ steps: inout [Step], _ random: inout SeededGenerator) {
        let actors: [(TLSRole, Step.Half)] = [
            (.client, .reader), (.client, .writer), (.server, .reader), (.server, .writer),
        ]
        let weighted = actors.flatMap { actor in
            Array(repeating: actor, count: [0, 1, 1, 4].randomElement(using: &random) ?? 1)
        }
        for _ in 0..<Int.random(in: 4...24, using: &random) {
            guard let (role, half) = weighted.randomElement(using: &random) else { return }
            steps.append(half == .reader ? readerStep(role, &random) : writerStep(role, &random))
        }
    }

    private static func readerStep(_ role: TLSRole, _ random: inout SeededGenerator) -> Step {
        if random.isOneIn(4) { return flush(role, .reader, &random) }
        let arrival = random.isOneIn(3) ? random.size(limit: 1 << 15) : 1 << 15
        if random.isOneIn(2) { return .open(role, arrival: arrival) }
        return .read(
            role,
            arrival: arrival,
            room: random.isOneIn(3) ? random.size(limit: 1 << 15) : 1 << 14
        )
    }

    private static func writerStep(_ role: TLSRole, _ random: inout SeededGenerator) -> Step {
        switch Int.random(in: 0..<16, using: &random) {
        case 0...3: .write(role, random.size(limit: writeLimit))
        case 4...6: .writeReceived(role, random.size(limit: receiveLimit))
        case 7...8: .updateKeys(role)
        case 9: .releaseBuffers(role)
        default: flush(role, .writer, &random)
        }
    }

    private static func flush(_ role: TLSRole, _ half: Step.Half, _ random: inout SeededGenerator)
        -> Step
    {
        let limit = random.isOneIn(2) ? random.size(limit: 1 << 15) : unlimitedRoom
        return .flush(role, half, limit: limit, inside: max(0, Int.random(in: -4...6, using: &random)))
    }
}
