import DuplexPosix
import Glibc
import Testing

@Suite struct SocketTests {
    @Test(arguments: Loopback.Family.allCases)
    func `bytes arrive, and FIN is the end of the stream behind them`(family: Loopback.Family) throws {
        let (near, far) = try Loopback.pair(family)
        #expect(near.sendAll([1, 2, 3]) == .bytes(3))
        near.finish()
        #expect(far.receiveSome().bytes == [1, 2, 3])
        #expect(far.receiveSome().outcome == .endOfStream)
        // One direction ended; the other goes on.
        #expect(far.sendAll([4]) == .bytes(1))
        #expect(near.receiveSome().bytes == [4])
    }

    @Test(arguments: Loopback.Family.allCases)
    func `a receive with nothing there ends after the socket's patience`(family: Loopback.Family) throws {
        let (near, far) = try Loopback.pair(family)
        near.setPatience(.milliseconds(40))
        let start = MonotonicTime.now
        #expect(near.receiveSome().outcome == .idle)
        #expect(near.discard() == .idle)
        // The kernel counts in ticks, and may end a tick early.
        #expect(MonotonicTime.now.since(start) >= .milliseconds(70))
        #expect(far.sendAll([1]) == .bytes(1))
        #expect(near.receiveSome().bytes == [1])
    }

    @Test(arguments: Loopback.Family.allCases)
    func `a send that nobody reads ends after the socket's patience`(family: Loopback.Family) throws {
        let (near, far) = try Loopback.pair(family)
        near.setPatience(.milliseconds(40))
        #expect(near.fill() > 0)
        // What the kernel still moves to the peer may make room for a part.
        var outcome = near.sendAll([UInt8](repeating: 0, count: 65_536))
        while case .bytes = outcome { outcome = near.sendAll([UInt8](repeating: 0, count: 65_536)) }
        #expect(outcome == .full)
        far.close()
    }

    @Test func `calls that do not wait return at once, whatever the patience`() throws {
        let (near, far) = try Loopback.pair()
        var byte = [UInt8](repeating: 0, count: 1)
        #expect(byte.withUnsafeMutableBytes { near.receiveNow(into: $0) } == .idle)
        #expect(near.fill() > 0)
        #expect(far.receiveSome(limit: 1).bytes.count == 1)
    }

    @Test(arguments: [Loopback.Family.ipv4, .ipv6])
    func `resetOnClose gives the peer ECONNRESET`(family: Loopback.Family) throws {
        let (near, far) = try Loopback.pair(family)
        near.resetOnClose()
        near.close()
        near.close()
        #expect(far.receiveSome().outcome == .failed(ECONNRESET))
    }

    @Test func `a send to a peer that is gone fails and raises no signal`() throws {
        let (near, far) = try Loopback.pair()
        far.resetOnClose()
        far.close()
        _ = Wait.until(near, is: [], stop: nil, deadline: Loopback.soon)
        guard case .failed(let code) = near.sendAll([1]) else {
            Issue.record("the send failed")
            return
        }
        #expect(code == ECONNRESET || code == EPIPE)
        #expect(near.sendAll([1]) == .failed(EPIPE))
    }

    @Test(arguments: Loopback.Family.allCases)
    func `discard throws away what is there and tells the end`(family: Loopback.Family) throws {
        let (near, far) = try Loopback.pair(family)
        let total = 100_000
        #expect(near.sendAll([UInt8](repeating: 7, count: total)) == .bytes(total))
        near.finish()
        var discarded = 0
        var outcome = far.discard()
        while case .bytes(let count) = outcome {
            #expect((1...16_384).contains(count))
            discarded += count
            outcome = far.discard()
        }
        #expect(discarded == total)
        #expect(outcome == .endOfStream)
    }

    @Test(arguments: Loopback.Family.allCases)
    func `what is sent before the end arrives before it`(family: Loopback.Family) throws {
        let (near, far) = try Loopback.pair(family)
        let bytes = [UInt8](repeating: 7, count: 24)
        #expect(bytes.withUnsafeBytes { near.sendBeforeFinish($0) } == .bytes(24))
        near.finish()
        #expect(far.receiveSome().bytes == bytes)
        #expect(far.receiveSome().outcome == .endOfStream)
    }

    @Test func `what is sent before the end waits for it, to leave with it`() throws {
        // The kernel waits for 200 ms at the most: on a busy machine some of these may come before they are looked for.
        let waits = try (0..<10).contains { _ in
            let (near, far) = try Loopback.pair()
            near.sendWithoutDelay()
            #expect([UInt8](repeating: 7, count: 24).withUnsafeBytes { near.sendBeforeFinish($0) } == .bytes(24))
            var buffer = [UInt8](repeating: 0, count: 24)
            return buffer.withUnsafeMutableBytes { far.receiveNow(into: $0) } == .idle
        }
        #expect(waits)
    }

    @Test func `the peer's FIN is told from its RST after the stream has ended`() throws {
        let (finished, finishing) = try Loopback.pair()
        finishing.finish()
        #expect(finished.receiveSome().outcome == .endOfStream)
        #expect(finished.isPeerFinished)

        let (reset, resetting) = try Loopback.pair()
        resetting.resetOnClose()
        resetting.close()
        #expect(reset.receiveSome().outcome == .failed(ECONNRESET))
        // The pending error has been handed out: the stream now looks as if it had ended.
        #expect(reset.receiveSome().outcome == .endOfStream)
        #expect(!reset.isPeerFinished)
    }

    @Test func `options are set on TCP and do no harm on a Unix socket`() throws {
        for family in Loopback.Family.allCases {
            let (near, far) = try Loopback.pair(family)
            near.sendWithoutDelay()
            near.probePeer()
            #expect(near.sendAll([1]) == .bytes(1))
            #expect(far.receiveSome().bytes == [1])
        }
        let (near, _) = try Loopback.pair()
        near.sendWithoutDelay()
        near.probePeer()
        #expect(option(near, Int32(IPPROTO_TCP), TCP_NODELAY) == 1)
        #expect(option(near, SOL_SOCKET, SO_KEEPALIVE) == 1)
        #expect(option(near, Int32(IPPROTO_TCP), TCP_KEEPIDLE) == 60)
    }

    @Test func `descriptors are closed with the last reference and not passed to programs`() throws {
        var number: Int32 = -1
        do {
            let (near, far) = try Loopback.pair()
            number = near.number
            #expect(fcntl(number, F_GETFD) & FD_CLOEXEC != 0)
            #expect(fcntl(far.number, F_GETFD) & FD_CLOEXEC != 0)
            #expect(near.sendAll([1]) == .bytes(1))
        }
        // The number may be in use again by another test, but not for this connection's peer.
        let folder = ScratchFolder()
        let (listener, address) = try Loopback.listen(in: folder)
        let near = try Loopback.connect(address)
        let far = try Loopback.accept(listener)
        near.close()
        #expect(far.receiveSome().outcome == .endOfStream)
    }

    private func option(_ socket: Socket, _ level: Int32, _ name: Int32) -> Int32 {
        var value: Int32 = -1
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket.number, level, name, &value, &size)
        return value
    }
}
