import DuplexPosix
import DuplexTLS
import Glibc
import ProxyEngine
import TestSupport
import Testing

/// Rows c, d, f and i: the backend ends its stream, resets, or stops reading.
@Suite struct BackendCloseTests {
    private static let upload = SeededStream.bytes(300_000, seed: 4)
    private static let reply = SeededStream.bytes(300_000, seed: 5)
    private static let early = SeededStream.bytes(10_000, seed: 6)

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func afterTheBackendHasClosedTheClientsUploadGoesOn(version: Version) throws {
        let backend = WatchedBackend { socket in
            socket.writeAll(Self.early)
            socket.finish()
            return socket.readView()
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        let (bytes, end) = client.readAll()
        expectSame(bytes, Self.early)
        #expect(end == .closeNotify)
        #expect(client.socket.readSome().1 == .finished)
        #expect(client.write(Self.upload))
        client.close()
        client.socket.close()
        let view = try #require(backend.view())
        expectSame(view.bytes, Self.upload)
        #expect(view.end == .finished)
        proxy.expectEnd(.finished, toBackend: 300_000, toClient: 10_000)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func twoCleanEndsAreACleanEndThoughTheClientKeepsItsSocketOpen(version: Version) throws {
        let backend = WatchedBackend { socket in
            socket.finish()
            return socket.readView()
        }
        let proxy = TestProxy(backend: backend.address, timeouts: TimeLimits(halfClosed: .seconds(2)))
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.readAll().1 == .closeNotify)
        client.close()
        #expect(backend.view()?.end == .finished)
        proxy.expectEnd(.finished, toBackend: 0, toClient: 0)
        withExtendedLifetime(client) {}
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aBackendsResetIsNeverToldAsACleanEnd(version: Version) throws {
        let backend = WatchedBackend { socket in
            let bytes = socket.read(exactly: 4)
            socket.writeAll(Self.early)
            socket.reset()
            return WatchedBackend.View(bytes: bytes, end: .silent)
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write([1, 2, 3, 4]))
        let (bytes, end) = client.readAll()
        expectSame(bytes, Self.early)
        #expect(end == .truncated, "FIN without close_notify")
        client.socket.close()
        #expect(backend.view()?.bytes == [1, 2, 3, 4])
        proxy.expectEnd(.backendReset, toBackend: 4, toClient: 10_000)
    }

    /// The kernel hands a socket's pending error out once; when the sending thread gets it, the receiving thread is told
    /// the end of the stream as if FIN had come.
    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aResetThatRacesWithAnUploadIsNeverToldAsACleanEnd(version: Version) throws {
        let backend = TestBackend { socket in
            socket.setPatience(WatchedBackend.patience)
            _ = socket.read(exactly: 50_000)
            socket.writeAll(Self.early)
            socket.reset()
        }
        let proxy = TestProxy(backend: backend.address)
        for round in 0..<150 {
            let client = try #require(DuplexClient.connect(proxy.address, policy: version.policy))
            let (writer, reader) = (client.writer, client.reader)
            // The sizes differ so that the reset meets the proxy's threads in different places.
            let chunk = [UInt8](repeating: 1, count: 1_000 + 97 * round)
            let hasReply = StopSignal()
            let isWriterDone = Arrival<Bool>()
            let thread = try Thread(name: "upload", stackSize: 1 << 20) {
                while !hasReply.isStopped, writer.write(chunk) {}
                isWriterDone.open()
            }
            let (bytes, end) = reader.readAll()
            hasReply.stop()
            expectSame(bytes, Self.early)
            #expect(end == .truncated, "round \(round)")
            #expect(isWriterDone.wait() != nil)
            thread.join()
            client.socket.close()
            proxy.expectEnd(.backendReset, toClient: 10_000)
        }
        withExtendedLifetime(backend) {}
    }

    /// How a backend that has answered goes on, while the client is still sending.
    enum Leaving: String, Sendable, CaseIterable {
        case readsOn, readsALittle, closesUnread
    }

    @Test(.timeLimit(.minutes(10)), arguments: Leaving.allCases, Version.allCases)
    func anAnswerThatComesBeforeTheUploadIsOverArrivesWhole(leaving: Leaving, version: Version) throws {
        let backend = WatchedBackend { socket in
            var view = WatchedBackend.View(bytes: socket.read(exactly: 1_000), end: .silent)
            socket.writeAll(Self.reply)
            socket.finish()
            switch leaving {
            case .readsOn:
                let rest = socket.readView()
                view.bytes += rest.bytes
                view.end = rest.end
            case .readsALittle: view.bytes += socket.read(exactly: 20_000)
            case .closesUnread: break
            }
            // A close with unread input sends RST at once and drops what the peer has not acknowledged: wait for that,
            // the loss would not be the proxy's.
            #expect(Eventually.holds { socket.unacknowledged == 0 })
            socket.close()
            return view
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        let upload = SeededStream.bytes(4_000_000, seed: 7)
        #expect(client.write(upload), "the proxy takes the upload to its end")
        // The kernel may hold all of that for a backend that does not read. Once the backend is gone, what the client
        // goes on to send meets its reset.
        let early = leaving == .readsOn ? nil : backend.view()
        if leaving != .readsOn { #expect(client.write(upload)) }
        client.close()
        let (bytes, end) = client.readAll()
        expectSame(bytes, Self.reply)
        #expect(end == .closeNotify)
        #expect(client.socket.readSome().1 == .finished, "FIN, no RST")
        client.socket.close()
        let view = try #require(early ?? backend.view())
        expectSame(view.bytes, Array(upload.prefix(view.bytes.count)))
        if leaving == .readsOn {
            #expect(view.bytes.count == upload.count)
            #expect(view.end == .finished)
            proxy.expectEnd(.finished, toBackend: upload.count, toClient: 300_000)
        } else {
            proxy.expectEnd(.backendClosedEarly, toClient: 300_000)
        }
    }

    /// A plain close with unread input is a reset (RFC 9293 §3.10.4; RFC 2525 §2.17), and is told as one.
    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aBackendThatClosesWithUnreadInputHasReset(version: Version) throws {
        let backend = WatchedBackend { socket in
            socket.writeAll(Self.early)
            _ = Wait.until(socket, is: .readable, stop: nil, deadline: .now.advanced(by: WatchedBackend.patience))
            socket.close()
            return WatchedBackend.View(bytes: [], end: .silent)
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write(Self.upload))
        let (bytes, end) = client.readAll()
        expectSame(bytes, Self.early)
        #expect(end == .truncated)
        client.socket.close()
        proxy.expectEnd(.backendReset, toClient: 10_000)
        withExtendedLifetime(backend) {}
    }

    /// Only a Unix socket refuses input while its other direction lives: shutdown(SHUT_RD) there makes the peer's send
    /// fail with EPIPE.
    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func whenTheBackendTakesNoMoreItsReplyIsStillDelivered(version: Version) throws {
        let folder = TemporaryFolder()
        let address = try #require(SocketAddress(path: folder.path("backend.sock")))
        let listener = try Socket.listen(on: address, backlog: 1)
        let isUploaded = Arrival<Bool>()
        let isOver = Arrival<Bool>()
        let reply = SeededStream.bytes(8_000_000, seed: 8)
        let thread = try Thread(name: "backend", stackSize: 1 << 20) {
            let deadline = MonotonicTime.now.advanced(by: WatchedBackend.patience)
            guard case .ready = Wait.until(listener, is: .readable, stop: nil, deadline: deadline),
                case .accepted(let socket, _) = listener.accept()
            else { return }
            socket.setPatience(WatchedBackend.patience)
            _ = socket.read(exactly: 1_000)
            shutdown(socket.number, Int32(SHUT_RD))
            _ = isUploaded.wait()
            socket.writeAll(reply)
            socket.finish()
            // A Unix socket that is closed with unread input resets its peer, as on TCP.
            _ = isOver.wait()
            socket.close()
        }
        let proxy = TestProxy(backend: address)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write(SeededStream.bytes(16_000_000)), "what nobody reads does not block the client")
        isUploaded.open()
        let (bytes, end) = client.readAll()
        expectSame(bytes, reply)
        #expect(end == .closeNotify)
        client.socket.close()
        proxy.expectEnd(.backendClosedEarly, toClient: reply.count)
        isOver.open()
        thread.join()
    }
}

extension Socket {
    /// Bytes sent that the peer's kernel has not acknowledged. Source: tcp(7), SIOCOUTQ.
    fileprivate var unacknowledged: Int32 {
        var count: Int32 = 0
        return ioctl(number, UInt(TIOCOUTQ), &count) == 0 ? count : -1
    }
}
