import DuplexPosix
import DuplexTLS
import TestSupport
import Testing

@testable import ProxyEngine

/// Handshakes beside a bulk transfer: more at once than there are places, so that they stand back behind it.
@Suite struct StandBackTests {
    /// More than there are places, at any time.
    private static let clients = max(16, 4 * ResourceLimits.processorCount)
    private static let upload: UInt8 = 0
    private static let echo: UInt8 = 1

    @Test(.timeLimit(.minutes(5)), arguments: Worker.allCases)
    func `handshakes that stand back come to their end, and the bulk beside them too`(worker: Worker) throws {
        let isUploadSame = Arrival<Bool>()
        let received = Tally()
        let backend = TestBackend { socket in
            if socket.read(exactly: 1) == [Self.echo] {
                socket.readAll { socket.writeAll($0) }
            } else {
                var stream = SeededStream(seed: 31)
                var isSame = true
                let end = socket.readAll { bytes in
                    isSame = stream.matches(bytes) && isSame
                    received.add(bytes.count)
                }
                isUploadSame.leave(isSame && end == .finished)
            }
            socket.finish()
        }
        let proxy = TestProxy(backend: backend.address, device: try worker.device())
        let mayEnd = Arrival<Bool>()
        let isSeen = Arrival<Bool>()
        defer {
            isSeen.open()
            mayEnd.open()
        }
        let (served, ended, wrong, sent) = (Tally(), Tally(), Tally(), Tally())

        let address = proxy.address
        let uploader = try Thread(name: "uploader", stackSize: 1 << 20) {
            guard let client = TestClient.connect(address), client.write([Self.upload]) else { return wrong.add() }
            var stream = SeededStream(seed: 31)
            while !mayEnd.hasCome {
                if !client.write(stream.next(256 * 1024)) { return wrong.add() }
            }
            sent.add(stream.position)
            client.close()
            if client.readAll() != ([], .closeNotify) { wrong.add() }
        }
        for number in 0..<Self.clients {
            try Thread(name: "client-\(number)", stackSize: 1 << 20) {
                while !mayEnd.hasCome {
                    Self.isServed(address) ? served.add() : wrong.add()
                }
                ended.add()
            }.detach()
        }
        // What the clients leave of the processors, so that the upload lacks one on a large machine too.
        for number in 0..<ResourceLimits.processorCount {
            try Thread(name: "spinner-\(number)", stackSize: 1 << 18) { while !isSeen.hasCome { continue } }.detach()
        }
        let gate = proxy.engine.core.handshakes
        #expect(Eventually.holds(within: 120) { gate.rest > 0 || wrong.count > 0 }, "the upload lacks a processor")
        isSeen.open()
        let enough = served.count + 4 * Self.clients
        #expect(Eventually.holds(within: 60) { served.count >= enough || wrong.count > 0 })
        mayEnd.open()
        #expect(Eventually.holds(within: 60) { ended.count == Self.clients })
        uploader.join()
        #expect(wrong.count == 0)
        #expect(isUploadSame.wait() == true, "the upload, byte for byte")
        #expect(received.count == sent.count)
    }

    /// One handshake, one byte echoed, and the end told by both.
    private static func isServed(_ address: SocketAddress) -> Bool {
        guard let client = TestClient.connect(address), client.write([echo, 77]), client.read(exactly: 1) == [77] else {
            return false
        }
        client.close()
        return client.readAll() == ([], .closeNotify)
    }
}
