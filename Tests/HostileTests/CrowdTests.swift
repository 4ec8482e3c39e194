import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

extension HostileTests {
    /// More clients than there is room for.
    @Suite struct CrowdTests {
        @Test func atTheDescriptorLimitNewClientsAreTurnedAwayAndTheAcceptingThreadRests() async {
            await #expect(processExitsWith: .success) {
                try Scenario.play { scenario in
                    let live = try #require(TestClient.connect(scenario.proxy.address))
                    #expect(live.write([1]) && live.read(exactly: 1) == [1])
                    // A thread that waits in accept has a descriptor in hand; one that waits in poll has none. The one
                    // that accepted the client comes back once that is idle, and then has nothing to do.
                    #expect(
                        Eventually.holds {
                            let threads = ProcessCensus().threads
                            return threads.contains(ThreadPool.spareName) && threads.count { $0 == "accept-0" } == 1
                                && ProcessCensus.isPolling("accept-0")
                        }
                    )
                    let clock = try #require(ThreadClock(threadNamed: "accept-0"))
                    let port = try #require(scenario.proxy.address.port)
                    let knockers = (0..<7).map { _ in Knocker() }
                    let limit = DescriptorLimit(soft: 200)
                    limit.fill(leaving: 0)
                    let timeBefore = clock.milliseconds
                    for knocker in knockers { #expect(knocker.knock(port: port)) }
                    for knocker in knockers {
                        let (bytes, end) = knocker.socket.readSome()
                        #expect(
                            bytes.isEmpty && end != nil && end != .silent,
                            "not turned away: \(String(describing: end))"
                        )
                    }
                    #expect(live.write([2]) && live.read(exactly: 1) == [2], "who is in is served")
                    let spent = clock.milliseconds - timeBefore
                    #expect(spent < 200, "the accepting thread spent \(spent) ms")
                    // A client may see its socket closed before the refusal is reported.
                    #expect(
                        Eventually.holds { scenario.proxy.log.refusals == knockers.map { _ in .noDescriptor } },
                        "one refusal a client"
                    )
                    #expect(scenario.proxy.log.acceptFailures.count <= knockers.count)
                    for knocker in knockers { knocker.socket.close() }
                    live.close()
                    #expect(live.readAll().1 == .closeNotify)
                    live.socket.close()
                    scenario.expectEnd(.finished)
                    withExtendedLifetime(limit) {}
                }
            }
        }

        @Test func aConnectionThatFindsNoDescriptorOnItsWayEndsWithAReason() async {
            await #expect(processExitsWith: .success) {
                try Scenario.play { scenario in
                    for free in 0...4 {
                        let client = try #require(ScriptedClient(scenario.proxy.address))
                        let hello = client.hello()
                        #expect(Eventually.holds { scenario.proxy.engine.counters.activeConnections == 1 })
                        // From here on the session's random numbers, the backend's socket and its accept need one each.
                        let limit = DescriptorLimit(soft: 200)
                        limit.fill(leaving: free)
                        client.socket.writeAll(hello)
                        _ = client.finishHandshake { client.socket.writeAll($0) }
                        Departure.rst.leave(client.socket)
                        scenario.expectEnd(in: [
                            .noResources, .handshakeFailed, .backendUnreachable, .clientVanished, .clientReset,
                            .clientTruncated,
                        ])
                        withExtendedLifetime(limit) {}
                    }
                }
            }
        }

        @Test func aFullTableTurnsClientsAwayAndSaysSo() async {
            await #expect(processExitsWith: .success) {
                let backend = TestBackend.echo()
                let proxy = TestProxy(backend: backend.address, connectionLimit: 3)
                let inside = try (0..<3).map { _ in try #require(TestClient.connect(proxy.address)) }
                for _ in 0..<20 {
                    let socket = try #require(Socket.dial(proxy.address))
                    // A silent client is accepted after a second only.
                    socket.writeAll([22])
                    let (bytes, end) = socket.readSome()
                    #expect(bytes.isEmpty && end != nil && end != .silent, "not turned away")
                    socket.close()
                }
                // A client may see its socket closed before the refusal is reported.
                #expect(Eventually.holds { proxy.log.refusals == (0..<20).map { _ in .tableFull(limit: 3) } })
                for client in inside {
                    #expect(client.write([9]) && client.read(exactly: 1) == [9], "who is in is served")
                    client.close()
                    #expect(client.readAll().1 == .closeNotify)
                    client.socket.close()
                }
                #expect(Eventually.holds { proxy.engine.counters.activeConnections == 0 })
                let next = try #require(TestClient.connect(proxy.address))
                #expect(next.write([9]) && next.read(exactly: 1) == [9])
                withExtendedLifetime(backend) {}
            }
        }

        @Test func fiveHundredConnectionsAreOpenedAndClosedAtOnce() async {
            await #expect(processExitsWith: .success) {
                // Four descriptors a connection in this process: client, proxy twice, backend; and one to wake a thread.
                let limit = DescriptorLimit(soft: 8_192)
                // 500 connections leave more behind in the allocator's arenas and the stack cache than one does.
                try Scenario.play(timeouts: TimeLimits(truncationGrace: .milliseconds(500)), memoryAllowance: 24 << 20)
                { scenario in
                    let clients = try (0..<500).map { _ in try #require(ScriptedClient(scenario.proxy.address)) }
                    for client in clients { #expect(client.socket.writeAll(client.hello())) }
                    for client in clients {
                        #expect(client.finishHandshake { client.socket.writeAll($0) }, "no handshake")
                        #expect(client.socket.writeAll(client.seal([5])))
                    }
                    for client in clients { #expect(client.read(exactly: 1) == [5]) }
                    #expect(scenario.proxy.engine.counters.activeConnections == 500)
                    for (index, client) in clients.enumerated() {
                        switch index % 3 {
                        case 0:
                            client.socket.writeAll(client.sealCloseNotify())
                            client.socket.close()
                        case 1: Departure.fin.leave(client.socket)
                        default: Departure.rst.leave(client.socket)
                        }
                    }
                    for _ in clients { scenario.expectEnd(in: [.finished, .clientTruncated, .clientReset]) }
                    #expect(Eventually.holds { scenario.proxy.engine.counters.activeConnections == 0 })
                }
                withExtendedLifetime(limit) {}
            }
        }
    }
}
