import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

/// Rows g and k: time is up.
@Suite struct TimeoutTests {
    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aClientThatNeverAnswersCloseNotifyIsClosedAfterHalfClosed(version: Version) throws {
        let backend = WatchedBackend { socket in
            let bytes = socket.read(exactly: 4)
            socket.writeAll(bytes)
            socket.finish()
            return WatchedBackend.View(bytes: bytes, end: socket.readView().end)
        }
        let proxy = TestProxy(backend: backend.address, timeouts: TimeLimits(halfClosed: .milliseconds(500)))
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write([1, 2, 3, 4]))
        let (bytes, end) = client.readAll()
        #expect(bytes == [1, 2, 3, 4])
        #expect(end == .closeNotify)
        #expect(client.socket.readSome().1 == .finished)
        #expect(backend.view()?.end == .connectionReset, "the client's stream had no clean end")
        let report = try #require(proxy.expectEnd(.halfClosedTimeout, toBackend: 4, toClient: 4))
        #expect(report.duration >= .milliseconds(500))
        #expect(report.duration < .seconds(4), "no more waiting after that")
        client.socket.close()
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func aBackendThatNeverAnswersACloseIsResetAfterHalfClosed(version: Version) throws {
        let isOver = Arrival<Bool>()
        let backend = WatchedBackend { socket in
            var view = socket.readView()
            let deadline = MonotonicTime.now.advanced(by: WatchedBackend.patience)
            let outcome = Wait.until(socket, is: [], stop: nil, deadline: deadline)
            if case .ready(let state, _) = outcome, state.contains(.failed) { view.end = .connectionReset }
            _ = isOver.wait()
            return view
        }
        let proxy = TestProxy(backend: backend.address, timeouts: TimeLimits(halfClosed: .milliseconds(500)))
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write([1, 2, 3, 4]))
        client.close()
        #expect(client.readAll().1 == .truncated, "the reply has no clean end")
        client.socket.close()
        isOver.open()
        let view = try #require(backend.view())
        #expect(view.bytes == [1, 2, 3, 4])
        #expect(view.end == .connectionReset)
        proxy.expectEnd(.halfClosedTimeout, toBackend: 4, toClient: 0)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func progressInTheOpenDirectionPutsHalfClosedOff(version: Version) throws {
        let limit = Duration.seconds(2)
        let backend = WatchedBackend { socket in
            let view = socket.readView()
            // One and a half times the limit in all, a quarter of it between two bytes.
            let pace = StopSignal()
            for byte in 0..<6 as Range<UInt8> {
                _ = pace.wait(for: limit / 4)
                socket.writeAll([byte])
            }
            socket.finish()
            return view
        }
        let proxy = TestProxy(backend: backend.address, timeouts: TimeLimits(halfClosed: limit))
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        client.close()
        let (bytes, end) = client.readAll()
        #expect(bytes == [0, 1, 2, 3, 4, 5])
        #expect(end == .closeNotify)
        client.socket.close()
        #expect(backend.view()?.end == .finished)
        proxy.expectEnd(.finished)
    }

    @Test(.timeLimit(.minutes(10)), arguments: Version.allCases)
    func anIdleConnectionIsEndedCleanlyOnBothSides(version: Version) throws {
        let backend = WatchedBackend { socket in
            let bytes = socket.read(exactly: 4)
            socket.writeAll(bytes)
            return WatchedBackend.View(bytes: bytes, end: socket.readView().end)
        }
        let proxy = TestProxy(backend: backend.address, timeouts: TimeLimits(idle: .milliseconds(1_500)))
        let client = try #require(TestClient.connect(proxy.address, policy: version.policy))
        #expect(client.write([1, 2, 3, 4]))
        let (bytes, end) = client.readAll()
        #expect(bytes == [1, 2, 3, 4])
        #expect(end == .closeNotify)
        #expect(client.socket.readSome().1 == .finished)
        client.socket.close()
        #expect(backend.view()?.end == .finished)
        proxy.expectEnd(.idleTimeout, toBackend: 4, toClient: 4)
    }
}
