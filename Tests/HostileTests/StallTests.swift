import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

extension HostileTests {
    /// Peers that never read.
    @Suite struct StallTests {
        /// What ends a connection whose client never reads.
        enum Limit: String, Codable, Sendable, CaseIterable {
            case idle
            case halfClosed
            case drain

            var reason: CloseReason {
                switch self {
                case .idle: .idleTimeout
                case .halfClosed: .halfClosedTimeout
                case .drain: .drained
                }
            }

            var timeouts: TimeLimits {
                switch self {
                case .idle: TimeLimits(idle: .milliseconds(500))
                case .halfClosed: TimeLimits(halfClosed: .milliseconds(500))
                case .drain: TimeLimits()
                }
            }
        }

        @Test(arguments: Limit.allCases, Version.allCases)
        func aClientThatNeverReadsIsEndedByEachLimitAndHoldsLittleMemory(limit: Limit, version: Version) async {
            await #expect(processExitsWith: .success) { [limit = limit as Limit, version = version as Version] in
                let pushed = Tally()
                let backend = TestBackend { socket in
                    let chunk = [UInt8](repeating: 65, count: 65_536)
                    while socket.writeAll(chunk) { pushed.add(chunk.count) }
                }
                try Scenario.play(backend: backend, timeouts: limit.timeouts) { scenario in
                    let before = ProcessCensus()
                    let client = try #require(ScriptedClient.connected(scenario.proxy.address, policy: version.policy))
                    if limit == .halfClosed { #expect(client.socket.writeAll(client.sealCloseNotify())) }
                    let pause = StopSignal()
                    var seen = -1
                    #expect(
                        Eventually.holds {
                            defer { seen = pushed.count }
                            // A moment in which nothing moves: everything between backend and client is full.
                            return pause.wait(for: .milliseconds(100)) || (pushed.count > 0 && pushed.count == seen)
                        },
                        "the backend can push without end"
                    )
                    let grown = ProcessCensus().residentBytes - before.residentBytes
                    #expect(grown < 4 << 20, "the connection holds \(grown) bytes")
                    if limit == .drain {
                        let isDrained = scenario.proxy.engine.drain(until: .now.advanced(by: .seconds(8)))
                        #expect(isDrained, "the drain did not end")
                    }
                    scenario.expectEnd(limit.reason)
                    client.socket.close()
                }
            }
        }

        @Test(arguments: Version.allCases)
        func aBackendThatNeverReadsHoldsUpNobodyAndTheReplyKeepsFlowing(version: Version) async {
            await #expect(processExitsWith: .success) { [version = version as Version] in
                let asked = Tally()
                let release = StopSignal()
                let first = Tally()
                let backend = TestBackend { socket in
                    first.add()
                    guard first.count == 1 else {
                        socket.readAll { socket.writeAll($0) }
                        socket.finish()
                        return
                    }
                    var answered = 0
                    while !release.isStopped {
                        guard Eventually.holds(within: 1, { asked.count > answered || release.isStopped }) else {
                            continue
                        }
                        answered += 1
                        if !socket.writeAll([UInt8](repeating: 66, count: 5_000)) { break }
                    }
                }
                try Scenario.play(backend: backend) { scenario in
                    let before = ProcessCensus()
                    let client = try #require(ScriptedClient.connected(scenario.proxy.address, policy: version.policy))
                    var pushed = 0
                    var isFull = false
                    let chunk = [UInt8](repeating: 65, count: 16_384)
                    while !isFull {
                        var rest = client.seal(chunk)[...]
                        while !rest.isEmpty, !isFull {
                            let outcome = rest.withUnsafeBytes { client.socket.sendNow($0) }
                            if case .bytes(let count) = outcome {
                                rest = rest.dropFirst(count)
                                pushed += count
                            } else {
                                let room = Wait.until(
                                    client.socket,
                                    is: .writable,
                                    stop: nil,
                                    deadline: .now.advanced(by: .milliseconds(700))
                                )
                                isFull = room == .timedOut
                            }
                        }
                        #expect(pushed < 64 << 20, "the client can push without end")
                        if pushed >= 64 << 20 { break }
                    }
                    let grown = ProcessCensus().residentBytes - before.residentBytes
                    #expect(grown < 4 << 20, "the connection holds \(grown) bytes")
                    for _ in 0..<20 {
                        asked.add()
                        #expect(client.read(exactly: 5_000).count == 5_000, "the reply stands still")
                        scenario.expectService()
                        _ = scenario.proxy.nextReport()
                    }
                    Departure.rst.leave(client.socket)
                    scenario.expectEnd(.clientReset)
                    release.stop()
                }
            }
        }
    }
}
