import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

extension HostileTests {
    /// A client that vanishes at each stage of the handshake.
    @Suite struct VanishingTests {
        @Test(arguments: Departure.allCases, Version.allCases)
        func aClientThatVanishesInsideItsHelloIsForgotten(departure: Departure, version: Version) async {
            await #expect(processExitsWith: .success) {
                [departure = departure as Departure, version = version as Version] in
                let backend = TestBackend.echo()
                try Scenario.play(backend: backend) { scenario in
                    let size = try #require(ScriptedClient(scenario.proxy.address, policy: version.policy)).hello()
                        .count
                    // The first left when it was measured, without a byte: after the connect alone.
                    scenario.expectEnd(.clientVanished)
                    // One that resets before its first byte is never accepted.
                    let none = departure == .rst ? [] : [0]
                    for count in none + [1, 2, 4, 5, 6, 8, 9, 10, 43, 44, size / 2, size - 1] {
                        let client = try #require(ScriptedClient(scenario.proxy.address, policy: version.policy))
                        client.socket.writeAll(Array(client.hello().prefix(count)))
                        departure.leave(client.socket)
                        scenario.expectEnd(.clientVanished)
                    }
                    #expect(backend.connectionCount == 0, "the backend is dialled after the handshake only")
                }
            }
        }

        @Test(arguments: Departure.allCases, Version.allCases)
        func aClientThatVanishesAfterItsHelloIsForgotten(departure: Departure, version: Version) async {
            await #expect(processExitsWith: .success) {
                [departure = departure as Departure, version = version as Version] in
                let backend = TestBackend.echo()
                try Scenario.play(backend: backend) { scenario in
                    for _ in 0..<20 {
                        let client = try #require(ScriptedClient(scenario.proxy.address, policy: version.policy))
                        #expect(client.socket.writeAll(client.hello()))
                        departure.leave(client.socket)
                        scenario.expectEnd(.clientVanished)
                    }
                    #expect(backend.connectionCount == 0, "the backend is dialled after the handshake only")
                }
            }
        }

        @Test(arguments: Departure.allCases, Version.allCases)
        func aClientThatVanishesAfterTheServersFlightIsForgotten(departure: Departure, version: Version) async {
            await #expect(processExitsWith: .success) {
                [departure = departure as Departure, version = version as Version] in
                let backend = TestBackend.echo()
                try Scenario.play(backend: backend) { scenario in
                    for share in [0, 1, 5, 6, 20, 40] {
                        let client = try #require(ScriptedClient(scenario.proxy.address, policy: version.policy))
                        #expect(client.socket.writeAll(client.hello()))
                        let answer = try #require(client.nextFlight()?.bytes)
                        // The answer to the flight, cut off: nothing of it, or its first bytes, never its end.
                        #expect(answer.count > 41)
                        client.socket.writeAll(Array(answer.prefix(share)))
                        departure.leave(client.socket)
                        scenario.expectEnd(.clientVanished)
                    }
                    #expect(backend.connectionCount == 0, "the backend is dialled after the handshake only")
                }
            }
        }

        @Test(arguments: Departure.allCases, Version.allCases)
        func aClientThatVanishesBeforeItsFirstDataLeavesAResetBackend(departure: Departure, version: Version) async {
            await #expect(processExitsWith: .success) {
                [departure = departure as Departure, version = version as Version] in
                let resets = Tally()
                let backend = TestBackend { socket in
                    if case .reset = socket.readAll({ _ in }) { resets.add() }
                }
                try Scenario.play(backend: backend, timeouts: TimeLimits(truncationGrace: .milliseconds(200))) {
                    scenario in
                    for round in 1...2 {
                        let client = try #require(
                            ScriptedClient.connected(scenario.proxy.address, policy: version.policy)
                        )
                        departure.leave(client.socket)
                        // The server's tickets are unread under TLS 1.3, so the kernel may turn a FIN into an RST; and
                        // an RST may overtake the end of the handshake.
                        let report = scenario.expectEnd(in: [.clientTruncated, .clientReset, .clientVanished])
                        let isDialled = report?.reason != .clientVanished
                        if !isDialled { resets.add() }
                        #expect(Eventually.holds { resets.count >= round }, "round \(round): the backend saw no reset")
                    }
                }
            }
        }
    }
}
