import Workbench

/// Megabytes (10^6 bytes) through one session, in batches of 64 KiB as the daemon moves them, after one uncounted batch.
struct CountedMegabytes {
    private let conversation: Conversation
    private static let batch = [UInt8](repeating: 7, count: 65_536)

    init(_ version: Setting.Version) throws {
        conversation = try Conversation(Bench(Setting(version, .ecdsa)))
        try conversation.clientSends(Self.batch)
        guard try conversation.receive() == Self.batch.count else { throw LostBytes() }
        try conversation.send(Self.batch)
        guard try conversation.clientReceives() == Self.batch else { throw LostBytes() }
    }

    func runIn(_ megabytes: Int) throws {
        for batch in batches(megabytes) {
            try conversation.clientSends(batch)
            guard try countedWork({ try conversation.receive() }) == batch.count else { throw LostBytes() }
        }
    }

    func runOut(_ megabytes: Int) throws {
        for batch in batches(megabytes) {
            try conversation.fillRoom(batch)
            try countedWork { try conversation.sendRoom(batch.count) }
            guard try conversation.clientReceives() == batch else { throw LostBytes() }
        }
    }

    /// So many megabytes, in whole batches and the rest.
    private func batches(_ megabytes: Int) -> [[UInt8]] {
        let total = megabytes * 1_000_000
        let size = Self.batch.count
        return Array(repeating: Self.batch, count: total / size) + [Array(Self.batch.prefix(total % size))]
    }
}

struct LostBytes: Error {}
