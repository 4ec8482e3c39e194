internal import DuplexPosix
internal import Synchronization

/// What the engine's parts share.
final class EngineCore: Sendable {
    let counters = Counters()
    let buffers = BufferPool()
    let table = ConnectionTable()
    let timekeeper: Timekeeper
    let observer: any EngineObserver
    /// The most connections at once.
    let connectionLimit: Atomic<Int>
    private let nextID = Atomic<UInt64>(0)

    init(connectionLimit: Int, observer: any EngineObserver) {
        self.connectionLimit = Atomic(connectionLimit)
        self.observer = observer
        timekeeper = Timekeeper(table: table)
    }

    /// Takes a new client in: starts its reader's thread, or turns it away at the door.
    func admit(_ client: Socket, from address: SocketAddress, to definition: ProxyDefinition) {
        let limit = connectionLimit.load(ordering: .relaxed)
        guard counters.admit(limit: limit) else {
            refuse(client, .tableFull(limit: limit), proxy: definition.name, address)
            return
        }
        let id = nextID.add(1, ordering: .relaxed).newValue
        let connection = Connection(id: id, definition: definition, client: client, clientAddress: address)
        if table.insert(connection) { timekeeper.connectionsBegan() }
        do {
            let reader = try Thread(name: "rd-\(id)", stackSize: EngineLimits.stackSize) {
                ConnectionLife(connection, engine: self).run()
            }
            reader.detach()
        } catch {
            table.remove(connection)
            counters.withdraw()
            refuse(client, .noThread(error), proxy: definition.name, address)
        }
    }

    private func refuse(_ client: Socket, _ refusal: Refusal, proxy: String, _ address: SocketAddress) {
        client.close()
        counters.countRefusal()
        observer.clientRefused(refusal, proxy: proxy, client: address)
    }

    /// A connection's last word: its sockets are closed.
    func connectionEnded(_ connection: Connection, _ report: @autoclosure () -> ConnectionReport) {
        counters.countEnd(
            connection.closing.finalReason,
            toBackend: connection.bytesToBackend.load(ordering: .relaxed),
            toClient: connection.bytesToClient.load(ordering: .relaxed)
        )
        if observer.wantsReports { observer.connectionEnded(report()) }
        table.remove(connection)
        if table.isEmpty { buffers.trim() }
    }
}
