import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

extension HostileTests {
    /// Backends that are not there, or do not behave.
    @Suite struct BackendTests {
        @Test func aBackendThatRefusesEndsTheClientWithoutACleanEnd() async {
            await #expect(processExitsWith: .success) {
                let deaf = try #require(DeafPort())
                try Scenario.play(address: deaf.address) { scenario in
                    for version in Version.allCases {
                        let client = try #require(TestClient.connect(scenario.proxy.address, policy: version.policy))
                        #expect(client.readAll().1 == .truncated)
                        client.socket.close()
                        scenario.expectEnd(.backendUnreachable)
                    }
                }
                withExtendedLifetime(deaf) {}
            }
        }

        @Test func aBackendThatHangsOnConnectIsGivenUpAtTheConnectTimeout() async {
            await #expect(processExitsWith: .success) {
                let hanging = try #require(FullListener(), "the backlog does not fill")
                try Scenario.play(address: hanging.address, timeouts: TimeLimits(connect: .milliseconds(400))) {
                    scenario in
                    let client = try #require(TestClient.connect(scenario.proxy.address))
                    let begin = MonotonicTime.now
                    #expect(client.readAll().1 == .truncated)
                    #expect(MonotonicTime.now.since(begin) < .seconds(4))
                    client.socket.close()
                    scenario.expectEnd(.backendTimeout)
                }
                withExtendedLifetime(hanging) {}
            }
        }

        @Test func aClientThatLeavesWhileTheBackendHangsIsForgotten() async {
            await #expect(processExitsWith: .success) {
                let hanging = try #require(FullListener(), "the backlog does not fill")
                try Scenario.play(address: hanging.address, timeouts: TimeLimits(connect: .milliseconds(400))) {
                    scenario in
                    for departure in Departure.allCases {
                        let client = try #require(TestClient.connect(scenario.proxy.address))
                        departure.leave(client.socket)
                        scenario.expectEnd(in: [.backendTimeout, .clientVanished, .clientReset])
                    }
                }
                withExtendedLifetime(hanging) {}
            }
        }

        @Test func aBackendThatResetsAtOnceEndsTheClientWithoutACleanEnd() async {
            await #expect(processExitsWith: .success) {
                let backend = TestBackend { $0.resetOnClose() }
                try Scenario.play(backend: backend) { scenario in
                    for version in Version.allCases {
                        for _ in 0..<3 {
                            let client = try #require(
                                TestClient.connect(scenario.proxy.address, policy: version.policy)
                            )
                            let (bytes, end) = client.readAll()
                            #expect(bytes.isEmpty && end == .truncated, "\(end)")
                            client.socket.close()
                            scenario.expectEnd(.backendReset)
                        }
                    }
                }
            }
        }

        @Test func aBackendThatAnswersBeforeItIsAskedIsHeard() async {
            await #expect(processExitsWith: .success) {
                let banner = [UInt8]("220 at your service\r\n".utf8)
                let backend = TestBackend { socket in
                    socket.writeAll([UInt8]("220 at your service\r\n".utf8))
                    socket.readAll { socket.writeAll($0) }
                    socket.finish()
                }
                try Scenario.play(backend: backend) { scenario in
                    for version in Version.allCases {
                        let client = try #require(TestClient.connect(scenario.proxy.address, policy: version.policy))
                        #expect(client.read(exactly: banner.count) == banner)
                        #expect(client.write(banner))
                        #expect(client.read(exactly: banner.count) == banner)
                        client.close()
                        #expect(client.readAll().1 == .closeNotify)
                        client.socket.close()
                        scenario.expectEnd(.finished)
                    }
                }
            }
        }

        @Test func aBackendThatAnswersAndLeavesBeforeItIsAskedIsHeardToItsEnd() async {
            await #expect(processExitsWith: .success) {
                let backend = TestBackend { socket in
                    socket.writeAll([UInt8](repeating: 67, count: 300_000))
                    socket.finish()
                    socket.readAll { _ in }
                }
                try Scenario.play(backend: backend) { scenario in
                    for version in Version.allCases {
                        let client = try #require(TestClient.connect(scenario.proxy.address, policy: version.policy))
                        let (bytes, end) = client.readAll()
                        #expect(bytes.count == 300_000 && end == .closeNotify, "\(bytes.count), \(end)")
                        client.close()
                        client.socket.close()
                        scenario.expectEnd(.finished)
                    }
                }
            }
        }
    }
}
