internal import DuplexPosix
internal import DuplexTLS

/// Two sessions with four real threads. Each thread's decisions come from the seed; which of them is ahead, the system
/// decides, so a failure here has a seed but no schedule to repeat.
final class ThreadedConversation: Sendable {
    private let version: TLSVersion
    private let contexts: Contexts
    private let client: Station
    private let server: Station
    private let seed: UInt64
    private let clientReady = Door()
    private let serverReady = Door()
    private static let stackSize = 1 << 20
    /// Longer than a link's, whose end then says what was missing.
    private static let patience = Duration.seconds(60)

    private init(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        self.seed = seed
        version = random.isOneIn(3) ? .tls12 : .tls13
        contexts = try .of(version)
        let up = Link(room: random.size(limit: 1 << 15))
        let down = Link(room: random.size(limit: 1 << 15))
        client = try Station(contexts.client, outbound: up, inbound: down)
        server = try Station(contexts.server, outbound: down, inbound: up)
    }

    /// Runs what `seed` stands for. Returns what was wrong, or nil.
    static func flaw(seed: UInt64) -> String? {
        do {
            return try ThreadedConversation(seed: seed).run()
        } catch {
            return "no conversation: \(error)"
        }
    }

    private func run() throws -> String? {
        let threads = [
            (client, clientReady, Step.Half.reader), (client, clientReady, .writer),
            (server, serverReady, .reader), (server, serverReady, .writer),
        ]
        let done = threads.map { _ in Door() }
        for (index, (station, ready, half)) in threads.enumerated() {
            let seed = seed &* 4 &+ UInt64(index)
            let door = done[index]
            try Thread(name: "\(station.role)-\(half)", stackSize: Self.stackSize) { [self] in
                if half == .reader {
                    read(station, ready, seed: seed)
                } else {
                    write(station, ready, seed: seed)
                }
                TLSLibrary.releaseThreadCaches()
                door.open()
            }.detach()
        }
        for door in done where !door.wait(Self.patience * 3) { return "stuck: a thread did not end" }
        return Judgement(client: client, server: server, version: version, contexts: contexts).flaw
    }

    /// A reader's thread: the handshake, then the stream to its end. It may cut the stream or fail the transport.
    private func read(_ station: Station, _ ready: Door, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let disturbance = Int.random(in: 0..<8, using: &random)
        let place = random.size(limit: 1 << 15)
        var isDisturbed = disturbance > 1
        let deadline = MonotonicTime.now.advanced(by: Self.patience)
        defer { ready.open() }
        while station.canRead, MonotonicTime.now < deadline {
            if !isDisturbed, station.inbound.arrived >= place {
                isDisturbed = true
                if disturbance == 0 {
                    station.inbound.cut(keep: random.size(limit: 4_000) - 1)
                } else {
                    fail()
                }
            }
            let limit = random.isOneIn(3) ? random.size(limit: 1 << 15) : 1 << 15
            let room = random.isOneIn(2) ? nil : random.size(limit: RecordLayer.plaintextLimit)
            if !station.read(.nothing, room: room) {
                // A reader that still owes something must not wait for input.
                let arrival =
                    station.readerOwes
                    ? station.inbound.deliver(limit: limit) : station.inbound.awaitDelivery(limit: limit)
                station.read(arrival, room: room)
            }
            let part = random.size(limit: 1 << 15)
            station.flushByReader { station.outbound.take($0, limit: part) }
            if station.isConnected { ready.open() }
            if station.readerOwes || random.isOneIn(16) { Thread.yield() }
        }
        // What the last read left owed, the reader still sends.
        while station.readerOwes, !station.outbound.isReset, MonotonicTime.now < deadline {
            station.flushByReader { station.outbound.take($0, limit: .max) }
            Thread.yield()
        }
    }

    private func fail() {
        client.outbound.fail()
        server.outbound.fail()
    }

    /// A writer's thread: perhaps the first step of the handshake, then records and key updates, then the close.
    private func write(_ station: Station, _ ready: Door, seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        if random.isOneIn(2) {
            station.handshakeByWriter()
            flush(station)
        }
        ready.wait(Self.patience)
        for _ in 0..<Int.random(in: 0...40, using: &random) where station.isConnected {
            if random.isOneIn(2) {
                station.write(random.size(limit: Schedule.writeLimit))
            } else {
                station.write(received: random.size(limit: Schedule.receiveLimit))
            }
            if random.isOneIn(4) { station.updateKeys() }
            if !random.isOneIn(4) { flush(station) }
            if random.isOneIn(8) { station.session.releaseMemory() }
            if random.isOneIn(8) { Thread.yield() }
        }
        station.close()
        flush(station)
    }

    private func flush(_ station: Station) {
        station.flushByWriter(whileReaderSends: true, station.outbound.takeAll)
    }
}
