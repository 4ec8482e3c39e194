import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

/// Rows e and h: the client resets, or breaks the protocol.
@Suite struct ClientFailureTests {
    /// Where in its life a connection is when the client resets it.
    enum Moment: String, Sendable, CaseIterable {
        case idle, duringUpload, duringDownload, whileTheBackendThinks
    }

    @Test(.timeLimit(.minutes(10)), arguments: Moment.allCases, Version.allCases)
    func aClientsResetIsAResetForTheBackend(moment: Moment, version: Version) throws {
        let isReached = Arrival<Bool>()
        let isReset = Arrival<Bool>()
        let backend = WatchedBackend { socket in
            switch moment {
            case .idle:
                let bytes = socket.read(exactly: 5)
                isReached.open()
                return WatchedBackend.View(bytes: bytes, end: socket.readView().end)
            case .duringUpload:
                let bytes = socket.read(exactly: 5)
                isReached.open()
                _ = isReset.wait()
                return WatchedBackend.View(bytes: bytes, end: socket.readView().end)
            case .duringDownload:
                let bytes = socket.read(exactly: 5)
                isReached.open()
                return WatchedBackend.View(bytes: bytes, end: socket.writeUntilItFails())
            case .whileTheBackendThinks:
                var view = socket.readView()
                guard view.end == .finished else { return view }
                isReached.open()
                // After the end of the stream a receive has nothing more to say; poll and a send have.
                let deadline = MonotonicTime.now.advanced(by: WatchedBackend.patience)
                let outcome = Wait.until(socket, is: [], stop: nil, deadline: deadline)
                if case .ready(let state, _) = outcome, state.contains(.failed) { view.end = .connectionReset }
                return view
            }
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(ScriptedClient.connected(proxy.address, policy: version.policy))
        #expect(client.socket.writeAll(client.seal([1, 2, 3, 4, 5])))
        if moment == .whileTheBackendThinks { client.socket.writeAll(client.sealCloseNotify()) }
        #expect(isReached.wait() != nil, "the backend did not get there")
        if moment == .duringUpload { client.pushUntilFull() }
        if moment == .duringDownload { #expect(client.read(exactly: 1_000_000).count >= 1_000_000) }
        client.socket.reset()
        isReset.open()
        let view = try #require(backend.view())
        #expect(view.bytes == [1, 2, 3, 4, 5])
        #expect(view.end == .connectionReset)
        proxy.expectEnd(.clientReset)
    }

    /// What breaks the protocol after the handshake.
    enum Damage: String, Sendable, CaseIterable {
        case flippedBit, madeUpRecord, plaintext
    }

    @Test(.timeLimit(.minutes(10)), arguments: Damage.allCases, Version.allCases)
    func damageIsAnsweredWithAnAlertAndResetsTheBackend(damage: Damage, version: Version) throws {
        let backend = WatchedBackend { $0.readView() }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(ScriptedClient.connected(proxy.address, policy: version.policy))
        let good = SeededStream.bytes(50_000)
        #expect(client.socket.writeAll(client.seal(good)))
        var bytes: [UInt8]
        switch damage {
        case .flippedBit:
            bytes = client.seal([1, 2, 3, 4])
            bytes[bytes.count - 1] ^= 4
        case .madeUpRecord: bytes = [23, 3, 3, 0, 40] + SeededStream.bytes(40, seed: 9)
        case .plaintext: bytes = Array("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        }
        #expect(client.socket.writeAll(bytes))
        let (reply, end) = client.readAll()
        #expect(reply.isEmpty)
        // For a record of an unknown type wolfSSL 5.5.4 has no alert.
        let expected: TLSAlert? = damage == .plaintext ? nil : .badRecordMAC
        switch end {
        case .failed(let error): #expect(error.alertReceived == expected)
        default: #expect(end == .truncated && expected == nil)
        }
        #expect(client.socket.readSome().1 == .finished, "FIN, behind the alert if there is one")
        client.socket.close()
        let view = try #require(backend.view())
        expectSame(view.bytes, good)
        #expect(view.end == .connectionReset)
        let report = try #require(proxy.expectEnd(.clientViolation, toBackend: good.count, toClient: 0))
        #expect(report.alertSent == expected)
        #expect(report.alertReceived == nil)
    }

    /// Whether a reply is on its way when the alert comes.
    @Test(.timeLimit(.minutes(10)), arguments: [false, true], Version.allCases)
    func aClientsAlertResetsTheBackendAndIsNamedInTheReport(isReplying: Bool, version: Version) throws {
        let backend = WatchedBackend { socket in
            let bytes = socket.read(exactly: 5)
            let end = isReplying ? socket.writeUntilItFails() : socket.readView().end
            return WatchedBackend.View(bytes: bytes, end: end)
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(DuplexClient.connect(proxy.address, policy: version.policy))
        #expect(client.writer.write([1, 2, 3, 4, 5]))
        // The client sees a damaged record, which its server never sent, and says so.
        client.reader.receive([23, 3, 3, 0, 40] + SeededStream.bytes(40, seed: 9))
        #expect(client.socket.readAll { _ in } == .finished)
        client.socket.close()
        let view = try #require(backend.view())
        #expect(view.bytes == [1, 2, 3, 4, 5])
        #expect(view.end == .connectionReset)
        let report = try #require(proxy.expectEnd(.clientAlert, toBackend: 5))
        #expect(report.alertReceived == .badRecordMAC)
    }
}

extension Socket {
    /// Sends until the peer takes no more; the error that says so.
    fileprivate func writeUntilItFails() -> StreamEnd {
        let chunk = [UInt8](repeating: 65, count: 65_536)
        while true {
            switch chunk.withUnsafeBytes({ send($0) }) {
            case .bytes: continue
            case .full: return .silent
            case .failed(let code): return .reset(code)
            }
        }
    }
}

extension ScriptedClient {
    /// Sends data until nothing has moved for half a second: everything between here and the backend is full.
    fileprivate func pushUntilFull() {
        let chunk = [UInt8](repeating: 65, count: 16_384)
        while true {
            var rest = seal(chunk)[...]
            while !rest.isEmpty {
                if case .bytes(let count) = rest.withUnsafeBytes({ socket.sendNow($0) }) {
                    rest = rest.dropFirst(count)
                    continue
                }
                let deadline = MonotonicTime.now.advanced(by: .milliseconds(500))
                guard case .ready = Wait.until(socket, is: .writable, stop: nil, deadline: deadline) else { return }
            }
        }
    }
}
