import DuplexPosix
import Glibc
import ProxyEngine
import TestSupport
import Testing

/// A connection's first request and reply, before its writer has a thread, and how it comes to have one.
@Suite struct FirstExchangeTests {
    @Test(arguments: Version.allCases)
    func `a short exchange is served by one thread, and a client that falls silent has two`(version: Version) throws {
        let backend = TestBackend.echo()
        let proxy = TestProxy(backend: backend.address)
        var isShort = false
        for _ in 0..<20 where !isShort {
            // A thread that has served a writer waits for the next one for 2 s.
            #expect(Eventually.holds { !Self.hasWriter })
            let begin = MonotonicTime.now
            let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
            #expect(client.write([1, 2, 3]))
            #expect(client.read(exactly: 3) == [1, 2, 3])
            client.close()
            let (rest, end) = client.readAll()
            #expect(rest.isEmpty && end == .closeNotify)
            client.socket.close()
            proxy.expectEnd(.finished, toBackend: 3, toClient: 3)
            isShort = MonotonicTime.now.since(begin) < EngineLimits.patience
            if isShort { #expect(!Self.hasWriter) }
        }
        #expect(isShort, "an exchange that takes less than the patience")
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write([4]))
        #expect(client.read(exactly: 1) == [4])
        #expect(Eventually.holds { Self.hasWriter })
        #expect(client.write([5]))
        #expect(client.read(exactly: 1) == [5])
        client.close()
        #expect(client.readAll().1 == .closeNotify)
        client.socket.close()
        proxy.expectEnd(.finished, toBackend: 2, toClient: 2)
    }

    @Test(.timeLimit(.minutes(5)), arguments: Version.allCases)
    func `a reply that the client does not take holds no upload back`(version: Version) throws {
        let (up, down) = (SeededStream.bytes(6_000_000, seed: 71), SeededStream.bytes(20_000_000, seed: 72))
        let isRead = Arrival<Bool>()
        let backend = WatchedBackend { socket in
            let writing = try? Thread(name: "backend writer", stackSize: 1 << 20) {
                socket.writeAll(down)
                socket.finish()
            }
            let bytes = socket.read(exactly: up.count)
            isRead.open()
            writing?.join()
            return WatchedBackend.View(bytes: bytes, end: socket.readView().end)
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write(up))
        try #require(isRead.wait() == true, "the backend has the upload before the client has read any of the reply")
        let bytes = client.read(exactly: down.count)
        expectSame(bytes, down)
        #expect(client.readAll().1 == .closeNotify)
        client.close()
        let view = try #require(backend.view())
        expectSame(view.bytes, up)
        #expect(view.end == .finished)
        client.socket.close()
        proxy.expectEnd(.finished, toBackend: up.count, toClient: down.count)
    }

    @Test(.timeLimit(.minutes(5)), arguments: Version.allCases)
    func `an upload that the backend does not take holds no reply back`(version: Version) throws {
        let (up, down) = (SeededStream.bytes(20_000_000, seed: 73), SeededStream.bytes(6_000_000, seed: 74))
        let isAnswered = Arrival<Bool>()
        let backend = WatchedBackend { socket in
            socket.writeAll(down)
            _ = isAnswered.wait()
            let view = socket.readView()
            socket.finish()
            return view
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(DuplexClient.connect(proxy.address, policy: version.policy))
        let writing = try Self.upload(up, by: client.writer)
        var bytes: [UInt8] = []
        while bytes.count < down.count {
            let (some, end) = client.reader.read()
            try #require(end == nil)
            bytes += some
        }
        expectSame(bytes, down)
        isAnswered.open()
        #expect(client.reader.readAll().1 == .closeNotify)
        writing.join()
        let view = try #require(backend.view())
        expectSame(view.bytes, up)
        #expect(view.end == .finished)
        client.socket.close()
        proxy.expectEnd(.finished, toBackend: up.count, toClient: down.count)
    }

    /// A Unix socket takes two receives' worth, so that the send finds no room during the first exchange.
    @Test(.timeLimit(.minutes(5)), arguments: Version.allCases)
    func `an upload that finds no room gives the writer its thread, and holds no later reply back`(
        version: Version
    ) throws {
        let folder = TemporaryFolder()
        let address = try #require(SocketAddress(path: folder.path("backend.sock")))
        let (isStuck, isAnswered, seen) = (Arrival<Bool>(), Arrival<Bool>(), Arrival<WatchedBackend.View>())
        let serving = try Self.serveOne(at: address) { socket in
            _ = isStuck.wait()
            socket.writeAll([1, 2, 3])
            _ = isAnswered.wait()
            seen.leave(socket.readView())
            socket.finish()
        }
        let up = SeededStream.bytes(3_000_000, seed: 77)
        let proxy = TestProxy(backend: address)
        #expect(Eventually.holds { !Self.hasWriter })
        let client = try #require(DuplexClient.connect(proxy.address, policy: version.policy))
        let writing = try Self.upload(up, by: client.writer)
        #expect(Eventually.holds { Self.hasWriter })
        isStuck.open()
        #expect(client.reader.read().0 == [1, 2, 3])
        isAnswered.open()
        #expect(client.reader.readAll().1 == .closeNotify)
        writing.join()
        let view = try #require(seen.wait())
        expectSame(view.bytes, up)
        #expect(view.end == .finished)
        client.socket.close()
        proxy.expectEnd(.finished, toBackend: up.count, toClient: 3)
        serving.join()
    }

    /// The client's receive buffer takes nothing, and the listener's send buffer, which its connections have too, one reply.
    @Test(.timeLimit(.minutes(5)), arguments: Version.allCases)
    func `a short reply that finds no room gives the writer its thread, which sends the rest`(version: Version) throws {
        let folder = TemporaryFolder()
        let address = try #require(SocketAddress(path: folder.path("backend.sock")))
        let reply = SeededStream.bytes(16_000, seed: 78)
        let seen = Arrival<WatchedBackend.View>()
        let serving = try Self.serveOne(at: address) { socket in
            _ = socket.read(exactly: 1)
            for _ in 0..<2 {
                socket.writeAll(reply)
                // One receive each: of a Unix socket this is 0 when the proxy has taken it all.
                var unread: Int32 = 0
                _ = Eventually.holds { ioctl(socket.number, UInt(TIOCOUTQ), &unread) == 0 && unread == 0 }
            }
            seen.leave(socket.readView())
            socket.finish()
        }
        let proxy = TestProxy(backend: address)
        #expect(Self.setBuffers(SO_SNDBUF, 1, ofListenersAt: proxy.address) == 1)
        #expect(Eventually.holds { !Self.hasWriter })
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(Self.setBuffer(SO_RCVBUF, 1, of: client.socket.number))
        #expect(client.write([1]))
        #expect(Eventually.holds { Self.hasWriter })
        #expect(Self.setBuffer(SO_RCVBUF, 1 << 20, of: client.socket.number))
        // The backend sends nothing more: what is left goes out by itself.
        expectSame(client.read(exactly: 2 * reply.count), reply + reply)
        client.close()
        #expect(seen.wait()?.end == .finished)
        #expect(client.readAll().1 == .closeNotify)
        client.socket.close()
        proxy.expectEnd(.finished, toBackend: 1, toClient: 2 * reply.count)
        serving.join()
    }

    /// Sends `bytes` and close_notify on a thread of its own.
    private static func upload(_ bytes: [UInt8], by writer: ClientWriter) throws -> Thread {
        try Thread(name: "client writer", stackSize: 1 << 20) {
            writer.write(bytes)
            writer.close()
        }
    }

    /// Plays a backend on the first connection to a Unix socket, on a thread of its own.
    private static func serveOne(
        at address: SocketAddress,
        _ serve: @escaping @Sendable (Socket) -> Void
    ) throws -> Thread {
        let listener = try Socket.listen(on: address, backlog: 1)
        return try Thread(name: "backend", stackSize: 1 << 20) {
            let deadline = MonotonicTime.now.advanced(by: WatchedBackend.patience)
            guard case .ready = Wait.until(listener, is: .readable, stop: nil, deadline: deadline),
                case .accepted(let socket, _) = listener.accept()
            else { return }
            socket.setPatience(WatchedBackend.patience)
            serve(socket)
        }
    }

    private static func setBuffer(_ option: Int32, _ size: Int32, of descriptor: Int32) -> Bool {
        var size = size
        return setsockopt(descriptor, SOL_SOCKET, option, &size, socklen_t(MemoryLayout<Int32>.size)) == 0
    }

    /// Returns how many sockets of this process listen there.
    private static func setBuffers(_ option: Int32, _ size: Int32, ofListenersAt address: SocketAddress) -> Int {
        (0..<Int32(1024)).count { descriptor in
            var isListening: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            guard getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &length) == 0, isListening == 1,
                "\(address)" == Self.name(of: descriptor)
            else { return false }
            return setBuffer(option, size, of: descriptor)
        }
    }

    private static func name(of descriptor: Int32) -> String {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isKnown = withUnsafeMutableBytes(of: &address) { bytes in
            getsockname(descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress, &length) == 0
        }
        return isKnown ? "127.0.0.1:\(UInt16(bigEndian: address.sin_port))" : ""
    }

    /// Around one receive of the first exchange's, of a later one's, and beyond.
    private static let sizes = [1, 16_383, 16_384, 16_385, 40_000, 131_072, 1_000_000]

    @Test(arguments: Version.allCases, sizes)
    func `a reply is whole although the client has ended its streams with its request`(
        version: Version,
        size: Int
    ) throws {
        let reply = SeededStream.bytes(size, seed: UInt64(size))
        let backend = WatchedBackend.answering(reply)
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write([7, 8]))
        client.close()
        client.socket.finish()
        let (bytes, end) = client.readAll()
        expectSame(bytes, reply)
        #expect(end == .closeNotify)
        #expect(backend.view()?.bytes == [7, 8])
        client.socket.close()
        proxy.expectEnd(.finished, toBackend: 2, toClient: size)
    }

    @Test(arguments: Version.allCases, sizes)
    func `a reply is whole when the backend ends its stream first, and the upload goes on`(
        version: Version,
        size: Int
    ) throws {
        let (reply, rest) = (SeededStream.bytes(size, seed: UInt64(size)), SeededStream.bytes(300_000, seed: 75))
        let backend = WatchedBackend { socket in
            socket.writeAll(reply)
            socket.finish()
            return socket.readView()
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        let (bytes, end) = client.readAll()
        expectSame(bytes, reply)
        #expect(end == .closeNotify)
        #expect(client.write(rest))
        client.close()
        let view = try #require(backend.view())
        expectSame(view.bytes, rest)
        #expect(view.end == .finished)
        client.socket.close()
        proxy.expectEnd(.finished, toBackend: rest.count, toClient: size)
    }

    @Test(arguments: Version.allCases, [0, 10, 16_384, 100_000])
    func `a reply that is cut off by a reset is not called whole`(version: Version, size: Int) throws {
        let reply = SeededStream.bytes(size, seed: 76)
        let isRead = Arrival<Bool>()
        let backend = WatchedBackend { socket in
            _ = socket.read(exactly: 1)
            socket.writeAll(reply)
            _ = isRead.wait()
            socket.reset()
            return WatchedBackend.View(bytes: [], end: .finished)
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write([1]))
        expectSame(client.read(exactly: size), reply)
        isRead.open()
        let (rest, end) = client.readAll()
        #expect(rest.isEmpty && end == .truncated)
        client.socket.close()
        proxy.expectEnd(.backendReset, toBackend: 1, toClient: size)
    }

    @Test(arguments: Version.allCases)
    func `a client that is reset while its reply is awaited resets the backend`(version: Version) throws {
        for isClosed in [false, true] {
            let isAsked = Arrival<Bool>()
            let backend = WatchedBackend { socket in
                let bytes = socket.read(exactly: 1)
                isAsked.open()
                var view = socket.readView()
                // After its close_notify the backend has had the end: only what it sends is refused.
                if isClosed {
                    while socket.writeAll([UInt8](repeating: 0, count: 1_000)) {}
                    view = socket.readView()
                }
                return WatchedBackend.View(bytes: bytes, end: view.end)
            }
            let proxy = TestProxy(backend: backend.address)
            let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
            #expect(client.write([1]))
            if isClosed { client.close() }
            #expect(isAsked.wait() == true)
            client.socket.reset()
            let view = try #require(backend.view())
            #expect(isClosed || view.end == .connectionReset)
            proxy.expectEnd(.clientReset, toBackend: 1)
        }
    }

    /// Whether there is a thread of a writer's, at work or waiting for the next one.
    private static var hasWriter: Bool {
        ProcessCensus().threads.contains { $0.hasPrefix("wr-") || $0 == ThreadPool.spareName }
    }
}
