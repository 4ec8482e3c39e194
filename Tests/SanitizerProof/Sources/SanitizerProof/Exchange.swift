import DuplexTLS
import Glibc

/// The two ends of a connection in memory, and what they exchange.
final class Exchange {
    private let toServer = Wire()
    private let toClient = Wire()
    private let clientReading: Reading
    private let clientWriting: Writing
    private let serverReading: Reading
    private let serverWriting: Writing

    struct HalfTaken: Error {}

    init(client: TLSContext, server: TLSContext) throws {
        let (client, server) = (try DuplexSession(context: client), try DuplexSession(context: server))
        guard let clientReader = client.takeReader(), let clientWriter = client.takeWriter(),
            let serverReader = server.takeReader(), let serverWriter = server.takeWriter()
        else { throw HalfTaken() }
        clientReading = Reading(clientReader, toServer)
        clientWriting = Writing(clientWriter, toServer)
        serverReading = Reading(serverReader, toClient)
        serverWriting = Writing(serverWriter, toClient)
    }

    /// Returns whether every byte came out at its other end, and every KeyUpdate that asked for one got its answer.
    func run(records: Int) throws -> Bool {
        try completeHandshake()
        clientWriting.records = records
        clientWriting.run()
        serverReading.ciphertext += toServer.empty()
        serverWriting.records = records

        // The handshake and the threads' start are in order; from here on only the session's lock orders the two.
        let reader = serverReading.start()
        let writer = serverWriting.start()
        pthread_join(reader, nil)
        pthread_join(writer, nil)

        clientReading.ciphertext += toClient.empty()
        clientReading.run()
        let size = records * Writing.recordSize
        return [clientWriting.count, serverReading.count, serverWriting.count, clientReading.count]
            .allSatisfy { $0 == size }
            && serverReading.answers > 0 && clientReading.answers > 0
    }

    private func completeHandshake() throws {
        var isComplete = false
        while !isComplete {
            let isClientDone = try clientReading.handshake()
            serverReading.ciphertext += toServer.empty()
            isComplete = try serverReading.handshake() && isClientDone
            clientReading.ciphertext += toClient.empty()
        }
    }
}
