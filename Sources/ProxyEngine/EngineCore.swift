internal import DuplexPosix
internal import Synchronization

/// What the engine's parts share.
final class EngineCore: Sendable {
    let counters = Counters()
    let buffers = BufferPool()
    let table = ConnectionTable()
    let timekeeper: Timekeeper
    let observer: any EngineObserver
    /// The threads that accept, and on which connections begin. What their allocator and libcrypto keep for a handshake
    /// serves the next one.
    let openers: ThreadPool
    /// The threads that move bytes.
    let movers: ThreadPool
    let handshakes = HandshakeGate(limit: ResourceLimits.processorCount)
    let polls: PollPermission
    private let releaseThreadCaches: @Sendable () -> Void
    /// The most connections at once.
    let connectionLimit: Atomic<Int>
    private let nextID = Atomic<UInt64>(0)

    init(
        connectionLimit: Int,
        pollLimit: Duration = EngineLimits.pollLimit,
        observer: any EngineObserver,
        releaseThreadCaches: @escaping @Sendable () -> Void
    ) {
        self.connectionLimit = Atomic(connectionLimit)
        polls = PollPermission(
            processors: ResourceLimits.usableProcessorCount,
            quota: ResourceLimits.controlGroupProcessorQuota,
            duration: pollLimit
        )
        self.observer = observer
        self.releaseThreadCaches = releaseThreadCaches
        let buffers = buffers
        openers = ThreadPool(stackSize: EngineLimits.stackSize) { buffers.trim() }
        movers = ThreadPool(stackSize: EngineLimits.stackSize) { buffers.trim() }
        timekeeper = Timekeeper(table: table)
    }

    /// Takes a new client in, or turns it away at the door: nil then.
    func admit(_ client: Socket, from address: SocketAddress, to definition: ProxyDefinition) -> Connection? {
        let limit = connectionLimit.load(ordering: .relaxed)
        guard counters.admit(limit: limit) else {
            refuse(client, .tableFull(limit: limit), proxy: definition.name, address)
            return nil
        }
        let id = nextID.add(1, ordering: .relaxed).newValue
        let connection = Connection(
            id: id,
            definition: definition,
            client: client,
            clientAddress: address,
            polls: polls
        )
        if table.insert(connection) { timekeeper.connectionsBegan() }
        return connection
    }

    /// Turns a client away that was taken in, before anything was done for it.
    func turnAway(_ connection: Connection, _ refusal: Refusal) {
        table.remove(connection)
        counters.withdraw()
        refuse(connection.client, refusal, proxy: connection.definition.name, connection.clientAddress)
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
    }

    /// What the thread of a connection gives back of its own before it waits for long.
    func releaseThreadMemory() {
        releaseThreadCaches()
        Thread.releaseUnusedMemory()
    }
}
