import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

extension HostileTests {
    /// Records that are not what the client sealed.
    @Suite struct RecordTests {
        /// Which byte of the record, from its end when negative, and which bit: the type, both bytes of the version,
        /// both of the length, the first bytes of the ciphertext, a middle one, the tag.
        static let flips: [(position: Int, bit: Int)] = [
            (0, 0), (0, 1), (0, 2), (0, 6), (1, 0), (1, 7), (2, 0), (2, 2), (3, 7), (3, 6), (3, 0), (4, 0), (4, 7),
            (5, 0),
            (12, 3), (13, 7), (60, 4), (-16, 7), (-1, 0),
        ]

        /// A backend that reads to the end, and counts bytes and resets.
        private static func backend(counting bytes: Tally, _ resets: Tally) -> TestBackend {
            TestBackend { socket in
                if case .reset = socket.readAll({ bytes.add($0.count) }) { resets.add() }
            }
        }

        @Test(arguments: Version.allCases)
        func aFlippedBitEndsTheConnectionAndNothingOfTheRecordReachesTheBackend(version: Version) async {
            await #expect(processExitsWith: .success) { [version = version as Version] in
                let bytes = Tally()
                let resets = Tally()
                let backend = Self.backend(counting: bytes, resets)
                try Scenario.play(backend: backend, timeouts: TimeLimits(truncationGrace: .milliseconds(200))) {
                    scenario in
                    let good = [UInt8](repeating: 7, count: 100)
                    let clients = try Self.flips.map { _ in
                        try #require(ScriptedClient.connected(scenario.proxy.address, policy: version.policy))
                    }
                    for client in clients { #expect(client.socket.writeAll(client.seal(good))) }
                    let expected = good.count * clients.count
                    #expect(Eventually.holds { bytes.count == expected }, "the records before arrive whole")
                    for (client, (position, bit)) in zip(clients, Self.flips) {
                        var record = client.seal(good)
                        record[position < 0 ? record.count + position : position] ^= 1 << bit
                        // More behind it, so that a length that grew finds its bytes.
                        client.socket.writeAll(record + client.seal([UInt8](repeating: 8, count: 600)))
                        client.socket.finish()
                    }
                    for (client, (position, bit)) in zip(clients, Self.flips) {
                        let (_, end) = client.readAll()
                        client.socket.close()
                        #expect(end != .closeNotify && end != .silent, "byte \(position), bit \(bit): \(end)")
                        scenario.expectEnd(in: [.clientViolation, .clientTruncated])
                    }
                    #expect(Eventually.holds { resets.count == clients.count }, "\(resets.count) backends saw a reset")
                    #expect(bytes.count == expected, "something of a record came through")
                }
            }
        }

        @Test(arguments: Version.allCases)
        func aFlippedBitInTheCiphertextGetsBadRecordMAC(version: Version) async {
            await #expect(processExitsWith: .success) { [version = version as Version] in
                try Scenario.play { scenario in
                    let client = try #require(ScriptedClient.connected(scenario.proxy.address, policy: version.policy))
                    var record = client.seal([1, 2, 3, 4])
                    record[record.count - 1] ^= 1
                    #expect(client.socket.writeAll(record))
                    guard case .failed(let error) = client.readAll().1 else {
                        Issue.record("no alert came")
                        return
                    }
                    #expect(error.alertReceived == .badRecordMAC, "\(error)")
                    client.socket.close()
                    let report = try #require(scenario.expectEnd(in: [.clientViolation]))
                    #expect(report.alertSent == .badRecordMAC, "\(String(describing: report.alertSent))")
                }
            }
        }

        /// What a record of TLS 1.3 may not carry, though it is sealed as it should be (RFC 8446 §5.2, §5.4, §6.2).
        enum Excess: String, Codable, Sendable, CaseIterable {
            case content, padding, handshakeMessage, alerts, unknownType, noType

            func record(_ client: ForgedClient) -> [UInt8] {
                func bytes(_ byte: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }
                return switch self {
                case .content: client.seal(type: 23, bytes(1, 16_385))
                case .padding: client.seal(type: 0, bytes(1, 10_000) + [23] + bytes(0, 6_384))
                case .handshakeMessage: client.seal(type: 22, [24, 0, 15, 160] + bytes(1, 4_000))
                case .alerts: client.seal(type: 21, bytes(1, 3_000))
                case .unknownType: client.seal(type: 99, bytes(1, 3_000))
                case .noType: client.seal(type: 0, bytes(0, 3_000))
                }
            }

            /// What it is answered with; nil: any alert, or none.
            var alert: TLSAlert? { self == .content || self == .padding ? .recordOverflow : nil }
        }

        @Test(arguments: Excess.allCases)
        func aRecordThatCarriesTooMuchEndsTheConnectionAndNothingOfItReachesTheBackend(excess: Excess) async {
            await #expect(processExitsWith: .success) { [excess = excess as Excess] in
                let bytes = Tally()
                let resets = Tally()
                let backend = Self.backend(counting: bytes, resets)
                try Scenario.play(backend: backend) { scenario in
                    let client = try #require(ForgedClient(scenario.proxy.address), "no handshake through the relay")
                    // The largest that is allowed, twice: with content alone, and with padding.
                    let good =
                        client.seal(type: 23, [UInt8](repeating: 1, count: 16_384))
                        + client.seal(type: 0, [1, 23] + [UInt8](repeating: 0, count: 16_382))
                    #expect(client.socket.writeAll(good))
                    #expect(Eventually.holds { bytes.count == 16_385 }, "\(bytes.count) bytes of the records before")
                    #expect(client.socket.writeAll(excess.record(client) + client.seal(type: 23, [1, 2, 3])))
                    client.socket.finish()
                    #expect(client.socket.readAll { _ in } != .silent)
                    client.socket.close()
                    let report = try #require(scenario.expectEnd(in: [.clientViolation, .clientAlert]))
                    if let alert = excess.alert { #expect(report.alertSent == alert, "\(report)") }
                    #expect(Eventually.holds { resets.count == 1 }, "the backend saw no reset")
                    #expect(bytes.count == 16_385, "something of the record, or of what came behind it, came through")
                }
            }
        }

        @Test(arguments: Version.allCases)
        func noiseInPlaceOfARecordEndsTheConnection(version: Version) async {
            await #expect(processExitsWith: .success) { [version = version as Version] in
                try Scenario.play { scenario in
                    var random = SystemRandomNumberGenerator()
                    let beginnings: [[UInt8]] = [
                        [], [23], [23, 3, 3, 64, 0], [22, 3, 3, 0, 9], [20, 3, 3, 0, 1], [21, 3, 3, 0, 2],
                    ]
                    let clients = try beginnings.map { _ in
                        try #require(ScriptedClient.connected(scenario.proxy.address, policy: version.policy))
                    }
                    for (client, beginning) in zip(clients, beginnings) {
                        let noise = (0..<65_536).map { _ in UInt8.random(in: 0...255, using: &random) }
                        client.socket.writeAll(beginning + noise)
                        client.socket.finish()
                    }
                    for (client, beginning) in zip(clients, beginnings) {
                        let (_, end) = client.readAll()
                        #expect(end != .closeNotify && end != .silent, "\(beginning): \(end)")
                        client.socket.close()
                        scenario.expectEnd(in: [.clientViolation, .clientAlert])
                    }
                }
            }
        }
    }
}
