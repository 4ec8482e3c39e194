import Workbench

/// Short messages through one session, a record each, after one uncounted in each direction.
struct CountedMessages {
    private let conversation: Conversation
    private static let message = [UInt8](repeating: 7, count: 64)

    init(_ version: Setting.Version) throws {
        conversation = try Conversation(Bench(Setting(version, .ecdsa)))
        try receiveOne { try $0() }
        try sendOne { try $0() }
    }

    func runIn(_ count: Int) throws {
        for _ in 0..<count { try receiveOne { try countedWork($0) } }
    }

    func runOut(_ count: Int) throws {
        for _ in 0..<count { try sendOne { try countedWork($0) } }
    }

    private func receiveOne(_ work: (() throws -> Int) throws -> Int) throws {
        try conversation.clientSends(Self.message)
        guard try work({ try conversation.receive() }) == Self.message.count else { throw LostBytes() }
    }

    private func sendOne(_ work: (() throws -> Void) throws -> Void) throws {
        try conversation.fillRoom(Self.message)
        try work { try conversation.sendRoom(Self.message.count) }
        guard try conversation.clientReceives() == Self.message else { throw LostBytes() }
    }
}
