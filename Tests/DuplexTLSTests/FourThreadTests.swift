import DuplexPosix
import DuplexTLS
import TestSupport
import Testing

/// Two sessions against each other in memory, each with a reader thread and a writer thread at the same time.
@Suite struct FourThreadTests {
    /// What one direction carries, bytes.
    private static let total = 24 << 20

    @Test(.timeLimit(.minutes(3)), arguments: Version.allCases)
    func `four threads move every byte, in order, both ways at once`(version: Version) throws {
        let chain = TestChain.of(.ecdsa)
        let up = MemoryPipe(room: 200_000)
        let down = MemoryPipe(room: 90_000)
        let client = Station(
            try DuplexSession(
                context: TLSContext(client: ClientSettings(trust: .anchors(chain.root), policy: version.policy)),
                serverName: "localhost"
            ),
            sends: BytePattern(seed: 11),
            expects: BytePattern(seed: 12),
            outbound: up,
            inbound: down,
            total: Self.total,
            updatesKeys: version == .tls13
        )
        let server = Station(
            try DuplexSession(
                // What its reader opens it decrypts there.
                context: TLSContext(
                    server: ServerSettings(
                        identity: chain.identity,
                        policy: version.policy,
                        device: OpeningDevice.device.get()
                    )
                )
            ),
            sends: BytePattern(seed: 12),
            expects: BytePattern(seed: 11),
            outbound: down,
            inbound: up,
            total: Self.total,
            updatesKeys: version == .tls13
        )
        let clientReader = try Thread(name: "client-read", stackSize: 1 << 20) { client.read(seed: 21) }
        let serverReader = try Thread(name: "server-read", stackSize: 1 << 20) { server.read(seed: 22) }
        let clientWriter = try Thread(name: "client-write", stackSize: 1 << 20) { client.write(seed: 23) }
        let serverWriter = try Thread(name: "server-write", stackSize: 1 << 20) { server.write(seed: 24) }
        clientWriter.join()
        serverWriter.join()
        clientReader.join()
        serverReader.join()

        for station in [client, server] {
            #expect(station.written.count == Self.total)
            #expect(station.received.count == Self.total)
            #expect(station.flaws.count == 0)
            #expect(station.closes.count == 1)
            #expect(station.session.failure == nil)
        }
    }

    /// One session and its two threads.
    private final class Station: Sendable {
        let session: DuplexSession
        private let sends: BytePattern
        private let expects: BytePattern
        private let outbound: MemoryPipe
        private let inbound: MemoryPipe
        private let total: Int
        private let updatesKeys: Bool
        private let handshakeDone = Gate()
        let written = Tally()
        let received = Tally()
        /// Bytes out of place, refused calls, streams that did not end as they should.
        let flaws = Tally()
        let closes = Tally()

        init(
            _ session: DuplexSession,
            sends: BytePattern,
            expects: BytePattern,
            outbound: MemoryPipe,
            inbound: MemoryPipe,
            total: Int,
            updatesKeys: Bool
        ) {
            self.session = session
            self.sends = sends
            self.expects = expects
            self.outbound = outbound
            self.inbound = inbound
            self.total = total
            self.updatesKeys = updatesKeys
        }

        /// The reader thread: drives the handshake, then reads to the end of the stream.
        func read(seed: UInt64) {
            var random = SeededGenerator(seed: seed)
            guard var half = session.takeReader() else { return flaws.add() }
            var ciphertext: [UInt8] = []
            defer { TLSLibrary.releaseThreadCaches() }
            do {
                while true {
                    let progress = try ciphertext.withUnsafeBytes { try half.handshake($0) }
                    ciphertext.removeFirst(progress.consumed)
                    if progress.hasOutput { _ = half.flush(outbound.writeNow) }
                    if progress.isComplete { break }
                    if progress.consumed == 0 { ciphertext += inbound.read(limit: 4_096) }
                }
                handshakeDone.open()
                try readStream(&half, ciphertext, &random)
            } catch {
                flaws.add()
            }
            handshakeDone.open()
            inbound.end()
        }

        private func readStream(_ half: inout ReadHalf, _ first: [UInt8], _ random: inout SeededGenerator) throws {
            var ciphertext = first
            var plaintext = [UInt8](repeating: 0, count: BytePattern.pieceLimit)
            // A record is opened where it lies, or read to elsewhere, in one or more parts.
            var isPartlyRead = false
            while true {
                let room = Int.random(in: 1...20_000, using: &random)
                let opens = !isPartlyRead && Int.random(in: 0..<2, using: &random) == 0
                let progress: Progress
                if opens {
                    progress = try open(&half, &ciphertext)
                } else {
                    progress = try read(&half, ciphertext, into: &plaintext, room: room)
                    isPartlyRead = progress.produced == room
                }
                ciphertext.removeFirst(progress.consumed)
                if progress.hasOutput { _ = half.flush(outbound.writeNow) }
                switch progress.state {
                case .open: continue
                case .closed: return closes.add()
                case .needsInput:
                    let more = inbound.read(limit: Int.random(in: 1...60_000, using: &random))
                    if more.isEmpty { return flaws.add() }
                    ciphertext += more
                }
            }
        }

        private typealias Progress = (consumed: Int, produced: Int, hasOutput: Bool, state: ReadProgress.State)

        private func open(_ half: inout ReadHalf, _ ciphertext: inout [UInt8]) throws -> Progress {
            let progress = try ciphertext.withUnsafeMutableBytes { input in
                let progress = try half.open(input)
                check(UnsafeRawBufferPointer(rebasing: input[progress.plaintext]))
                return progress
            }
            return (progress.consumed, progress.plaintext.count, progress.hasOutput, progress.state)
        }

        private func read(
            _ half: inout ReadHalf,
            _ ciphertext: [UInt8],
            into plaintext: inout [UInt8],
            room: Int
        ) throws -> Progress {
            let progress = try ciphertext.withUnsafeBytes { input in
                try plaintext.withUnsafeMutableBytes { output in
                    try half.read(input, into: UnsafeMutableRawBufferPointer(rebasing: output[..<room]))
                }
            }
            plaintext.withUnsafeBytes { check(UnsafeRawBufferPointer(rebasing: $0[..<progress.produced])) }
            return (progress.consumed, progress.produced, progress.hasOutput, progress.state)
        }

        private func check(_ bytes: UnsafeRawBufferPointer) {
            if !expects.matches(bytes, at: received.count) { flaws.add() }
            received.add(bytes.count)
        }

        private func write(_ piece: UnsafeRawBufferPointer, to half: inout WriteHalf) throws {
            var taken = 0
            while taken < piece.count { taken += try half.write(UnsafeRawBufferPointer(rebasing: piece[taken...])) }
        }

        private func write(received piece: UnsafeRawBufferPointer, to half: inout WriteHalf) throws {
            guard let room = half.room(for: piece.count) else { return flaws.add() }
            var rest = piece[...]
            for part in room {
                part.copyBytes(from: rest.prefix(part.count))
                rest = rest.dropFirst(part.count)
            }
            try half.write(received: piece.count)
        }

        /// The writer thread: writes everything, with key updates between, then closes.
        func write(seed: UInt64) {
            var random = SeededGenerator(seed: seed)
            guard handshakeDone.wait(), var half = session.takeWriter() else { return flaws.add() }
            do {
                while written.count < total {
                    let count = min(Int.random(in: 1...BytePattern.pieceLimit, using: &random), total - written.count)
                    let isReceived = Int.random(in: 0..<2, using: &random) == 0
                    try sends.withPiece(at: written.count, count: count) { piece in
                        if isReceived { try write(received: piece, to: &half) } else { try write(piece, to: &half) }
                    }
                    written.add(count)
                    if updatesKeys, Int.random(in: 0..<4, using: &random) == 0 { try half.updateKeys() }
                    if half.flush(outbound.write) != .flushed { return flaws.add() }
                    if Int.random(in: 0..<32, using: &random) == 0 { session.releaseMemory() }
                }
            } catch {
                flaws.add()
            }
            half.close()
            if half.flush(outbound.write) != .flushed { flaws.add() }
        }
    }
}
