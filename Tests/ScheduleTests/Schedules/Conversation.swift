internal import DuplexTLS

/// Runs one schedule: two sessions, and four logical threads that take turns on one.
///
/// What happens while a half sends, with the session's lock released, happens inside its `send`: the other half of the
/// session and both halves of the peer go on there. That is where the sending turn can go wrong.
final class Conversation {
    let client: Station
    let server: Station
    private let schedule: Schedule
    private let contexts: Contexts
    private var next = 0
    /// Rounds in which all four threads run to the end. Each moves at least a record.
    private static let roundLimit = 5_000

    init(_ schedule: Schedule, contexts: Contexts) throws {
        self.schedule = schedule
        self.contexts = contexts
        let up = Link(room: schedule.startsConnected ? Schedule.unlimitedRoom : schedule.clientRoom)
        let down = Link(room: schedule.startsConnected ? Schedule.unlimitedRoom : schedule.serverRoom)
        client = try Station(contexts.client, outbound: up, inbound: down)
        server = try Station(contexts.server, outbound: down, inbound: up)
    }

    /// Runs `schedule`. Returns what was wrong, or nil.
    static func flaw(of schedule: Schedule) -> String? {
        do {
            return try Conversation(schedule, contexts: .of(schedule.version)).run()
        } catch {
            return "no session: \(error)"
        }
    }

    private func run() -> String? {
        if schedule.startsConnected {
            connect()
            client.outbound.setRoom(schedule.clientRoom)
            server.outbound.setRoom(schedule.serverRoom)
        }
        while next < schedule.steps.count { takeStep() }
        client.outbound.setRoom(Schedule.unlimitedRoom)
        server.outbound.setRoom(Schedule.unlimitedRoom)
        // Without the closes, whose flush would take along what a half forgot to send.
        if let forgotten = settle() { return client.flaw ?? server.flaw ?? forgotten }
        if let stuck = finish() { return client.flaw ?? server.flaw ?? stuck }
        return Judgement(client: client, server: server, version: schedule.version, contexts: contexts)
            .flaw
    }

    private func station(_ role: TLSRole) -> Station { role == .client ? client : server }

    private func takeStep() {
        let step = schedule.steps[next]
        next += 1
        switch step {
        case .read(let role, let arrival, let room): read(station(role), arrival: arrival, room: room)
        case .open(let role, let arrival): read(station(role), arrival: arrival, room: nil)
        case .write(let role, let count):
            let station = station(role)
            if station.isConnected { station.write(count) } else { station.handshakeByWriter() }
        case .writeReceived(let role, let count): station(role).write(received: count)
        case .updateKeys(let role): station(role).updateKeys()
        case .close(let role): station(role).close()
        case .flush(let role, let half, let limit, let inside):
            flush(station(role), half, limit: limit, inside: inside)
        case .releaseBuffers(let role): station(role).session.releaseMemory()
        case .cut(let role, let keep): station(role).outbound.cut(keep: keep)
        case .reset:
            client.outbound.fail()
            server.outbound.fail()
        }
    }

    @discardableResult
    private func read(_ station: Station, arrival limit: Int, room: Int?) -> Bool {
        // A stream that is over, or a reader that is busy sending, takes nothing from the transport.
        guard station.canRead else { return false }
        return station.read(station.inbound.deliver(limit: limit), room: room)
    }

    @discardableResult
    private func flush(_ station: Station, _ half: Step.Half, limit: Int, inside: Int = 0) -> Bool {
        var inside = inside
        let send = { (bytes: UnsafeRawBufferPointer) -> Int in
            // A part is taken before the others go on and a part after, as by a transport that is slow.
            let first = station.outbound.take(bytes, limit: min(limit, bytes.count / 2))
            while inside > 0, self.next < self.schedule.steps.count {
                inside -= 1
                self.takeStep()
            }
            let rest = UnsafeRawBufferPointer(rebasing: bytes[first...])
            return first + station.outbound.take(rest, limit: limit - first)
        }
        return half == .reader ? station.flushByReader(send) : station.flushByWriter(send)
    }

    /// Drives the handshake by both readers to its end.
    func connect() {
        for _ in 0..<64 where !client.isConnected || !server.isConnected || client.owes || server.owes {
            for station in [client, server] {
                if !station.isConnected { read(station, arrival: Schedule.unlimitedRoom, room: 1) }
                flush(station, .reader, limit: Schedule.unlimitedRoom)
            }
        }
    }

    /// Lets all four threads run as long as anything moves. Returns who kept output that nobody is to send, if anyone.
    private func settle() -> String? {
        for _ in 0..<Self.roundLimit where client.flaw == nil && server.flaw == nil {
            if !runAll(closing: false) { break }
        }
        for station in [client, server] where station.hasForgottenOutput {
            return "forgotten output: \(station.situation)"
        }
        return nil
    }

    /// One turn of each of the four threads. Returns whether anything moved.
    private func runAll(closing: Bool) -> Bool {
        var hasMoved = false
        for station in [client, server] {
            let sizeBefore = station.outbound.count
            if read(station, arrival: Schedule.unlimitedRoom, room: RecordLayer.plaintextLimit) { hasMoved = true }
            flush(station, .reader, limit: Schedule.unlimitedRoom)
            if station.handshakeByWriter() || (closing && station.close()) { hasMoved = true }
            flush(station, .writer, limit: Schedule.unlimitedRoom)
            if station.outbound.count > sizeBefore { hasMoved = true }
        }
        return hasMoved
    }

    /// Lets all four threads run until each has come to its end. Returns who is stuck, if anyone.
    private func finish() -> String? {
        for _ in 0..<Self.roundLimit {
            if client.flaw != nil || server.flaw != nil { return "" }
            if client.isDone, server.isDone { return nil }
            if !runAll(closing: true), !(client.isDone && server.isDone) { break }
        }
        return "stuck: \(client.situation); \(server.situation)"
    }
}
