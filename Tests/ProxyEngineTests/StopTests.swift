import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

/// Row j: the service stops.
@Suite struct StopTests {
    private var soon: MonotonicTime { .now.advanced(by: .seconds(20)) }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aDrainEndsAnIdleConnectionCleanlyOnBothSides(version: Version) throws {
        let backend = WatchedBackend { socket in
            let bytes = socket.read(exactly: 4)
            socket.writeAll(bytes)
            return WatchedBackend.View(bytes: bytes, end: socket.readView().end)
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(ScriptedClient.connected(proxy.address, policy: version.policy))
        #expect(client.socket.writeAll(client.seal([1, 2, 3, 4])))
        #expect(client.read(exactly: 4) == [1, 2, 3, 4])
        proxy.engine.stopAccepting()
        #expect(Socket.dial(proxy.address) == nil, "nobody listens any more")
        let isDrained = Arrival<Bool>()
        let (engine, deadline) = (proxy.engine, soon)
        let thread = try Thread(name: "drain", stackSize: 1 << 20) { isDrained.leave(engine.drain(until: deadline)) }
        let (bytes, end) = client.readAll()
        #expect(bytes.isEmpty)
        #expect(end == .closeNotify)
        #expect(client.socket.readSome().1 == .finished)
        client.socket.close()
        #expect(isDrained.wait() == true)
        thread.join()
        #expect(backend.view()?.end == .finished)
        proxy.expectEnd(.drained, toBackend: 4, toClient: 4)
        #expect(proxy.engine.counters.activeConnections == 0)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aDrainEndsATransferBetweenTwoRecords(version: Version) throws {
        let backend = WatchedBackend { socket in
            var stream = SeededStream(seed: 10)
            while socket.writeAll(stream.next(65_536)) {}
            return WatchedBackend.View(bytes: [], end: .finished)
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(DuplexClient.connect(proxy.address, policy: version.policy))
        var expected = SeededStream(seed: 10)
        let reader = client.reader
        var isDrained: Arrival<Bool>?
        var end: TestClient.End?
        while end == nil {
            let (bytes, met) = reader.read()
            let isSame = expected.matches(bytes)
            #expect(isSame, "at \(expected.position)")
            end = met
            if isDrained == nil, expected.position > 4_000_000 {
                let drained = Arrival<Bool>()
                isDrained = drained
                let (engine, deadline) = (proxy.engine, soon)
                try Thread(name: "drain", stackSize: 1 << 20) { drained.leave(engine.drain(until: deadline)) }.detach()
            }
        }
        #expect(end == .closeNotify)
        #expect(client.socket.readSome().1 == .finished)
        client.socket.close()
        #expect(isDrained?.wait() == true)
        #expect(backend.view() != nil, "the backend learns that nobody reads")
        let report = try #require(proxy.expectEnd(.drained, toBackend: 0))
        #expect(report.bytesToClient == UInt64(expected.position))
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aDrainEndsAnUploadCleanlyBehindWhatWasForwarded(version: Version) throws {
        let isUnderWay = Arrival<Bool>()
        let backend = WatchedBackend { socket in
            var stream = SeededStream(seed: 11)
            var isSame = true
            let end = socket.readAll { bytes in
                isSame = stream.matches(bytes) && isSame
                if stream.position > 4_000_000 { isUnderWay.open() }
            }
            return WatchedBackend.View(bytes: isSame ? [1] : [0], end: end)
        }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(DuplexClient.connect(proxy.address, policy: version.policy))
        let (writer, reader) = (client.writer, client.reader)
        let isOver = StopSignal()
        let thread = try Thread(name: "upload", stackSize: 1 << 20) {
            var stream = SeededStream(seed: 11)
            while !isOver.isStopped, writer.write(stream.next(65_536)) {}
        }
        #expect(isUnderWay.wait() != nil)
        let isDrained = Arrival<Bool>()
        let (engine, deadline) = (proxy.engine, soon)
        try Thread(name: "drain", stackSize: 1 << 20) { isDrained.leave(engine.drain(until: deadline)) }.detach()
        let (bytes, end) = reader.readAll()
        #expect(bytes.isEmpty)
        #expect(end == .closeNotify)
        isOver.stop()
        thread.join()
        client.socket.close()
        #expect(isDrained.wait() == true)
        let view = try #require(backend.view())
        #expect(view.end == .finished)
        #expect(view.bytes == [1], "what was forwarded is the start of what was sent")
        proxy.expectEnd(.drained, toClient: 0)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aSecondStopEndsEverythingAtOnceAndCleanlyForNobody(version: Version) throws {
        let backend = WatchedBackend { $0.readView() }
        let proxy = TestProxy(backend: backend.address)
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write([1, 2, 3, 4]))
        let engine = proxy.engine
        #expect(Eventually.holds { backend.connectionCount == 1 })
        engine.stopAccepting()
        let begin = MonotonicTime.now
        #expect(engine.shutdown(until: soon))
        #expect(MonotonicTime.now.since(begin) < .seconds(4))
        #expect(client.readAll().1 == .truncated, "FIN without close_notify")
        client.socket.close()
        #expect(backend.view()?.end == .connectionReset)
        proxy.expectEnd(.stopped)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aSecondStopCutsADrainShort(version: Version) throws {
        let backend = WatchedBackend { $0.readView() }
        let proxy = TestProxy(backend: backend.address)
        // The client keeps its socket open and says nothing: the drain lingers for it.
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(Eventually.holds { backend.connectionCount == 1 })
        proxy.engine.stopAccepting()
        #expect(!proxy.engine.drain(until: .now))
        let begin = MonotonicTime.now
        #expect(proxy.engine.shutdown(until: soon))
        #expect(MonotonicTime.now.since(begin) < .seconds(2))
        proxy.expectEnd(.drained, toBackend: 0, toClient: 0)
        withExtendedLifetime(client) {}
    }
}
