import DuplexTLS

/// A client and a server that trust each other, over the loopback interface.
struct Pair: Sendable {
    let client: DuplexSession
    let server: DuplexSession
    let clientSocket: Connection
    let serverSocket: Connection

    /// Before the handshake.
    ///
    /// - Parameter serverProtocols: what the server insists on; the client offers `snippet`.
    init(_ policy: TLSPolicy, serverProtocols: [String] = ["snippet"]) throws {
        let identity = try TLSIdentity.selfSigned(days: 1)
        let clientSettings = ClientSettings(
            trust: .anchors(identity.certificateChain),
            policy: policy,
            applicationProtocols: ["snippet"]
        )
        let serverSettings = ServerSettings(
            identity: identity,
            policy: policy,
            applicationProtocols: serverProtocols
        )
        client = try DuplexSession(context: TLSContext(client: clientSettings), serverName: "localhost")
        server = try DuplexSession(context: TLSContext(server: serverSettings))
        (clientSocket, serverSocket) = Connection.pair()
    }

    /// The end of that role.
    func end(_ role: TLSRole) -> (DuplexSession, Connection) {
        role == .client ? (client, clientSocket) : (server, serverSocket)
    }

    /// Lets the client and the server each do their part, on a thread of its own, once the handshake is complete.
    func run<C: Sendable, S: Sendable>(
        client clientBody: @escaping @Sendable (inout ReadHalf, inout WriteHalf, inout Inbox, Connection) throws -> C,
        server serverBody: @escaping @Sendable (inout ReadHalf, inout WriteHalf, inout Inbox, Connection) throws -> S
    ) throws -> (client: C, server: S) {
        let (server, serverSocket) = (server, serverSocket)
        let serving = Worker { try Self.run(server, serverSocket, serverBody) }
        let client = Result { try Self.run(self.client, clientSocket, clientBody) }
        return (try client.get(), try serving.join())
    }

    private static func run<Value>(
        _ session: DuplexSession,
        _ socket: Connection,
        _ body: (inout ReadHalf, inout WriteHalf, inout Inbox, Connection) throws -> Value
    ) throws -> Value {
        // A fresh session gives each half out.
        var reader = session.takeReader()!
        var writer = session.takeWriter()!
        var inbox = Inbox()
        try finishHandshake(&reader, &inbox, socket)
        return try body(&reader, &writer, &inbox, socket)
    }
}
