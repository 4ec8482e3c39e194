import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

extension HostileTests {
    /// Clients that keep the engine busy with TLS and nothing else.
    @Suite struct FloodTests {
        @Test func aRenegotiationIsRefused() async {
            await #expect(processExitsWith: .success) {
                try Scenario.play { scenario in
                    // s_client renegotiates when a line begins with R (openssl-s_client(1), "Connected commands").
                    let result = Command.run(
                        "openssl",
                        ["s_client", "-connect", "\(scenario.proxy.address)", "-tls1_2"],
                        input: "R\n",
                        timeout: 3
                    )
                    #expect(result.output.contains("Secure Renegotiation IS supported"), "\(result)")
                    #expect(result.errors.contains("RENEGOTIATING"), "\(result)")
                    #expect(result.errors.contains("alert"), "refused in words: \(result.errors)")
                    let report = try #require(scenario.proxy.nextReport())
                    #expect(report.session?.version == .tls12)
                    #expect(report.bytesToBackend == 0)
                    #expect(scenario.proxy.engine.counters.snapshot.handshakes == 5, "four to warm up and one")
                }
            }
        }

        @Test(arguments: [true, false])
        func keyUpdatesWhoseAnswersNobodyReadsAreCutOff(isBackendPushing: Bool) async {
            await #expect(processExitsWith: .success) { [isBackendPushing = isBackendPushing as Bool] in
                let backend = TestBackend { socket in
                    let chunk = [UInt8](repeating: 65, count: 65_536)
                    while isBackendPushing, socket.writeAll(chunk) {}
                    socket.readAll { _ in }
                }
                try Scenario.play(backend: backend) { scenario in
                    let before = ProcessCensus()
                    let client = try #require(TestClient.connect(scenario.proxy.address, policy: .modern))
                    let deadline = MonotonicTime.now.advanced(by: .seconds(10))
                    var count = 0
                    while scenario.proxy.engine.counters.activeConnections > 0, deadline > .now {
                        client.updateKeys()
                        count += 1
                    }
                    #expect(
                        scenario.proxy.engine.counters.activeConnections == 0,
                        "not cut off after \(count) KeyUpdates"
                    )
                    let grown = ProcessCensus().residentBytes - before.residentBytes
                    #expect(grown < 4 << 20, "\(count) KeyUpdates left \(grown) bytes")
                    scenario.expectEnd(.outputFlood)
                    client.socket.close()
                }
            }
        }

        /// What a client may send that is neither data nor an answer.
        enum Nothing: String, Codable, Sendable, CaseIterable {
            case emptyData
            case userCanceled
            case warning
            case keyUpdate
            case paddedEmptyData

            func record(_ client: ForgedClient) -> [UInt8] {
                switch self {
                case .emptyData: client.seal(type: 23, [])
                case .userCanceled: client.seal(type: 21, [1, 90])
                case .warning: client.seal(type: 21, [1, 41])
                case .keyUpdate: client.seal(type: 22, [24, 0, 0, 1, 0])
                // The type stands before zeros without end (RFC 8446 §5.4): one record's worth of nothing.
                case .paddedEmptyData: client.seal(type: 0, [23] + [UInt8](repeating: 0, count: 16_000))
                }
            }

            var reasons: Set<CloseReason> {
                switch self {
                case .emptyData, .paddedEmptyData: [.finished, .clientTruncated, .clientViolation]
                case .userCanceled: [.finished, .clientTruncated, .clientViolation, .clientAlert]
                case .warning: [.clientAlert]
                // The keys change with the first; what follows under the old ones is a bad record.
                case .keyUpdate: [.clientViolation]
                }
            }
        }

        @Test(arguments: Nothing.allCases)
        func aFloodOfRecordsThatSayNothingIsSurvivedAndOthersAreServed(nothing: Nothing) async {
            await #expect(processExitsWith: .success) { [nothing = nothing as Nothing] in
                let backend = TestBackend.echo()
                let timeouts = TimeLimits(truncationGrace: .milliseconds(200))
                try Scenario.play(backend: backend, timeouts: timeouts) { scenario in
                    let before = ProcessCensus()
                    let client = try #require(ForgedClient(scenario.proxy.address), "no handshake through the relay")
                    let record = client.seal(type: 23, [1, 2, 3])
                    #expect(client.socket.writeAll(record), "the forged keys are not the client's")
                    var isTaken = true
                    for round in 0..<100 where isTaken {
                        let flood = (0..<(nothing == .paddedEmptyData ? 10 : 200)).flatMap { _ in nothing.record(client)
                        }
                        isTaken = client.socket.writeAll(flood)
                        if round == 50 { scenario.expectService() }
                    }
                    client.socket.finish()
                    #expect(client.socket.readAll { _ in } != .silent)
                    client.socket.close()
                    let grown = ProcessCensus().residentBytes - before.residentBytes
                    #expect(grown < 6 << 20, "the flood left \(grown) bytes")
                    var ends: [ConnectionReport] = []
                    #expect(
                        Eventually.holds {
                            while let report = scenario.proxy.nextReport(within: 0) { ends.append(report) }
                            return ends.contains { $0.bytesToBackend == 3 }
                        },
                        "the flooding connection did not end"
                    )
                    let reason = ends.first { $0.bytesToBackend == 3 }?.reason
                    #expect(reason.map { nothing.reasons.contains($0) } ?? false, "\(String(describing: reason))")
                }
            }
        }
    }
}
