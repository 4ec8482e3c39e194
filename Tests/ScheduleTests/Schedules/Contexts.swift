internal import DuplexTLS
internal import TestSupport

/// One context a version and role, and what an undisturbed handshake between them puts on the wire.
///
/// Ed25519: its signatures are all of one size, so the same schedule meets the same bytes' boundaries in every run.
struct Contexts: Sendable {
    let client: TLSContext
    let server: TLSContext
    /// Records before the handshake is complete.
    private(set) var clientRecords = 0
    private(set) var serverRecords = 0

    static func of(_ version: TLSVersion) throws -> Contexts {
        try (version == .tls12 ? tls12 : tls13).get()
    }

    private static let tls12 = Result { try Contexts(.tls12) }
    private static let tls13 = Result { try Contexts(.tls13) }

    private init(_ version: TLSVersion) throws {
        let policy = version == .tls12 ? TLSPolicy.tls12Only : .modern
        client = try TLSContext(client: ClientSettings(trust: .anyone, policy: policy))
        server = try TLSContext(server: ServerSettings(identity: TestIdentity.ed25519, policy: policy))
        let schedule = Schedule(
            version: version,
            clientRoom: Schedule.unlimitedRoom,
            serverRoom: Schedule.unlimitedRoom,
            startsConnected: true,
            steps: []
        )
        let conversation = try Conversation(schedule, contexts: self)
        conversation.connect()
        clientRecords = conversation.client.log(version, handshakeRecords: .max).records.count
        serverRecords = conversation.server.log(version, handshakeRecords: .max).records.count
    }
}
