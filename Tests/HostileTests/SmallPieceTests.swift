import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

extension HostileTests {
    /// Bytes one by one.
    @Suite struct SmallPieceTests {
        @Test(arguments: Version.allCases)
        func recordsOfOneByteASegmentAreReadAsIfTheyHadComeWhole(version: Version) async {
            await #expect(processExitsWith: .success) { [version = version as Version] in
                try Scenario.play { scenario in
                    let client = try #require(ScriptedClient(scenario.proxy.address, policy: version.policy))
                    let send = { (bytes: [UInt8]) in bytes.allSatisfy { client.socket.writeAll([$0]) } }
                    #expect(send(client.hello()))
                    #expect(client.finishHandshake(send), "no handshake")
                    let message = (0..<2_000).map { UInt8(truncatingIfNeeded: $0) }
                    #expect(send(client.seal(message)))
                    #expect(client.read(exactly: message.count) == message)
                    #expect(send(client.sealCloseNotify()))
                    #expect(client.readAll().1 == .closeNotify)
                    client.socket.close()
                    scenario.expectEnd(.finished)
                }
            }
        }

        @Test(arguments: Version.allCases)
        func aHelloSplitIntoOneByteRecordsBehindItsHeaderIsPutTogether(version: Version) async {
            await #expect(processExitsWith: .success) { [version = version as Version] in
                try Scenario.play { scenario in
                    let client = try #require(ScriptedClient(scenario.proxy.address, policy: version.policy))
                    // RFC 8446 §5.1: a handshake message may be split over records as the sender likes.
                    let message = client.hello().dropFirst(RecordLayer.headerSize)
                    let pieces = message.dropFirst(4).flatMap { [22, 3, 1, 0, 1, $0] as [UInt8] }
                    #expect(client.socket.writeAll([22, 3, 1, 0, 4] + message.prefix(4) + pieces))
                    #expect(client.finishHandshake { client.socket.writeAll($0) }, "no handshake")
                    #expect(client.socket.writeAll(client.seal([1, 2, 3])))
                    #expect(client.read(exactly: 3) == [1, 2, 3])
                    #expect(client.socket.writeAll(client.sealCloseNotify()))
                    #expect(client.readAll().1 == .closeNotify)
                    client.socket.close()
                    scenario.expectEnd(.finished)
                }
            }
        }

        @Test(arguments: Version.allCases)
        func aHelloWhoseHeaderIsSplitEndsWithAnAnswer(version: Version) async {
            await #expect(processExitsWith: .success) { [version = version as Version] in
                try Scenario.play { scenario in
                    let client = try #require(ScriptedClient(scenario.proxy.address, policy: version.policy))
                    let message = client.hello().dropFirst(RecordLayer.headerSize)
                    #expect(client.socket.writeAll(message.flatMap { [22, 3, 1, 0, 1, $0] as [UInt8] }))
                    // The library wants a message's four bytes of header in one record. Served or refused, not held.
                    let isServed = client.finishHandshake { client.socket.writeAll($0) }
                    client.socket.finish()
                    #expect(client.socket.readAll { _ in } != .silent)
                    client.socket.close()
                    scenario.expectEnd(isServed ? .clientTruncated : .handshakeFailed)
                }
            }
        }

        @Test(arguments: Version.allCases)
        func twentyThousandOneByteWritesEachWayArriveInOrder(version: Version) async {
            await #expect(processExitsWith: .success) { [version = version as Version] in
                let backend = TestBackend { socket in
                    socket.readAll { bytes in for byte in bytes { socket.writeAll([byte]) } }
                    socket.finish()
                }
                try Scenario.play(backend: backend) { scenario in
                    let client = try #require(ScriptedClient.connected(scenario.proxy.address, policy: version.policy))
                    for round in 0..<40 {
                        let bytes = (0..<500).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ round) }
                        // Each byte in a record of its own and, as far as the kernel lets it, in a segment of its own.
                        for byte in bytes { client.socket.writeAll(client.seal([byte])) }
                        #expect(client.read(exactly: bytes.count) == bytes, "round \(round)")
                    }
                    client.socket.writeAll(client.sealCloseNotify())
                    #expect(client.readAll().1 == .closeNotify)
                    client.socket.close()
                    let report = try #require(scenario.expectEnd(in: [.finished]))
                    #expect(report.bytesToBackend == 20_000 && report.bytesToClient == 20_000)
                }
            }
        }
    }
}
