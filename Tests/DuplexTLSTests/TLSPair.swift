import DuplexTLS
import TestSupport

/// A client and a server in memory.
struct TLSPair {
    let client: TLSEnd
    let server: TLSEnd

    /// Makes both ends; the client trusts the root of the server's chain and asks for localhost.
    init(
        client clientPolicy: TLSPolicy,
        server serverPolicy: TLSPolicy,
        kind: TestIdentity.Kind = .ecdsa,
        clientProtocols: [String] = [],
        serverProtocols: [String] = [],
        ticketKeys: TicketKeys? = nil,
        clientDevice: CryptoDevice? = nil,
        serverDevice: CryptoDevice? = nil
    ) throws {
        let chain = TestChain.of(kind)
        client = try TLSEnd(
            TLSContext(
                client: ClientSettings(
                    trust: .anchors(chain.root),
                    policy: clientPolicy,
                    applicationProtocols: clientProtocols,
                    device: clientDevice
                )
            ),
            serverName: "localhost"
        )
        server = try TLSEnd(
            TLSContext(
                server: ServerSettings(
                    identity: chain.identity,
                    policy: serverPolicy,
                    applicationProtocols: serverProtocols,
                    ticketKeys: ticketKeys,
                    device: serverDevice
                )
            ),
            serverName: "localhost"
        )
    }

    /// A pair that has completed its handshake under `version`, with nothing left in either queue.
    static func connected(
        _ version: Version = .tls13,
        kind: TestIdentity.Kind = .ecdsa,
        ticketKeys: TicketKeys? = nil,
        clientDevice: CryptoDevice? = nil,
        serverDevice: CryptoDevice? = nil
    ) throws -> TLSPair {
        let pair = try TLSPair(
            client: version.policy,
            server: version.policy,
            kind: kind,
            ticketKeys: ticketKeys,
            clientDevice: clientDevice,
            serverDevice: serverDevice
        )
        try pair.completeHandshake()
        return pair
    }

    /// The end of that role.
    func end(_ role: TLSRole) -> TLSEnd { role == .client ? client : server }

    /// The end facing the one of that role.
    func peer(of role: TLSRole) -> TLSEnd { role == .client ? server : client }

    /// Carries what each end has put out to the other.
    func exchange() {
        server.inbound += client.takeOutput()
        client.inbound += server.takeOutput()
    }

    /// Drives the handshake by both reader halves to its end.
    func completeHandshake() throws {
        var isComplete = (client: false, server: false)
        while !isComplete.client || !isComplete.server {
            isComplete.client = try client.readerHandshake().isComplete
            exchange()
            isComplete.server = try server.readerHandshake().isComplete
            exchange()
        }
        exchange()
    }

    /// Drives the handshake until one end fails, and gives the other end its alert. Returns each end's failure.
    func failHandshake() -> (client: TLSError?, server: TLSError?) {
        // Each turn takes a record or ends the loop; no handshake has this many.
        for _ in 0..<64 where client.session.failure == nil || server.session.failure == nil {
            _ = try? client.readerHandshake()
            exchange()
            _ = try? server.readerHandshake()
            exchange()
        }
        return (client.session.failure, server.session.failure)
    }
}

/// A TLS version, as the parameter of a test.
enum Version: String, CaseIterable, Sendable {
    case tls12, tls13

    var policy: TLSPolicy { self == .tls12 ? .tls12Only : .modern }
    var number: TLSVersion { self == .tls12 ? .tls12 : .tls13 }
}

/// A policy, as the parameter of a test.
enum PolicyChoice: String, CaseIterable, Sendable {
    case modern, intermediate, tls12Only

    var policy: TLSPolicy {
        switch self {
        case .modern: .modern
        case .intermediate: .intermediate
        case .tls12Only: .tls12Only
        }
    }
}

extension TLSRole {
    /// Both roles, as the parameter of a test.
    static let both: [TLSRole] = [.client, .server]
}
