import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

/// Ends that meet half way: while the proxy is writing, the client ends its stream or breaks the protocol.
@Suite struct CrossingTests {
    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aCloseNotifyThatCrossesOursIsACleanEndForBothAndLosesNothing(version: Version) throws {
        // The sizes differ so that the ends meet in different places.
        for round in 0..<40 {
            let (up, down) = (1 + round * 7_919, 1 + (39 - round) * 10_007)
            let start = Arrival<Bool>()
            let backend = WatchedBackend { socket in
                let writing = try? Thread(name: "backend writer", stackSize: 1 << 20) {
                    _ = start.wait()
                    socket.writeAll(SeededStream.bytes(down, seed: 61))
                    socket.finish()
                }
                let view = socket.readView()
                writing?.join()
                return view
            }
            let proxy = TestProxy(backend: backend.address)
            let client = try #require(DuplexClient.connect(proxy.address, policy: version.policy))
            let writer = client.writer
            let writing = try Thread(name: "client writer", stackSize: 1 << 20) {
                _ = start.wait()
                writer.write(SeededStream.bytes(up, seed: 62))
                writer.close()
            }
            start.open()
            let (bytes, end) = client.reader.readAll()
            writing.join()
            expectSame(bytes, SeededStream.bytes(down, seed: 61))
            #expect(end == .closeNotify, "round \(round)")
            let view = try #require(backend.view())
            expectSame(view.bytes, SeededStream.bytes(up, seed: 62))
            #expect(view.end == .finished, "round \(round)")
            client.socket.close()
            proxy.expectEnd(.finished, toBackend: up, toClient: down)
        }
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func damageWhileAReplyIsComingIsAnsweredWithAnAlertBehindWhatWasSent(version: Version) throws {
        for round in 0..<20 {
            let backend = WatchedBackend { socket in
                var stream = SeededStream(seed: 63)
                while socket.writeAll(stream.next(65_536)) {}
                return WatchedBackend.View(bytes: [], end: socket.readView().end)
            }
            let proxy = TestProxy(backend: backend.address)
            let client = try #require(ScriptedClient.connected(proxy.address, policy: version.policy))
            var record = client.seal([1, 2, 3, 4])
            record[record.count - 1] ^= 1
            var reply = client.read(exactly: 100_000 + round * 11_003)
            #expect(client.socket.writeAll(record))
            let (rest, end) = client.readAll()
            reply += rest
            var stream = SeededStream(seed: 63)
            let isSame = stream.matches(reply)
            #expect(isSame, "round \(round): what came before the alert is what the backend sent")
            guard case .failed(let error) = end else {
                Issue.record("round \(round): no alert, but \(end)")
                continue
            }
            #expect(error.alertReceived == .badRecordMAC, "round \(round)")
            client.socket.close()
            #expect(backend.view() != nil, "the backend is not left waiting")
            let report = try #require(proxy.expectEnd(.clientViolation, toBackend: 0))
            #expect(report.alertSent == .badRecordMAC)
        }
    }
}
