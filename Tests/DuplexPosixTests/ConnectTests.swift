import DuplexPosix
import Glibc
import Testing

@Suite struct ConnectTests {
    @Test(arguments: Loopback.Family.allCases)
    func `a connect to a listener succeeds, and both ends name each other`(family: Loopback.Family) throws {
        let folder = ScratchFolder()
        let (listener, address) = try Loopback.listen(family, in: folder)
        let near = try Loopback.connect(address)
        guard case .accepted(let far, let peer) = listener.accept() else {
            Issue.record("the connection waits in the backlog")
            return
        }
        if family == .unix {
            #expect(peer.isUnix)
        } else {
            #expect(peer == near.localAddress)
            #expect(far.localAddress == address)
        }
    }

    @Test(arguments: [Loopback.Family.ipv4, .ipv6])
    func `a connect to a port that nobody listens on is refused`(family: Loopback.Family) throws {
        let folder = ScratchFolder()
        let (listener, address) = try Loopback.listen(family, in: folder)
        listener.close()
        #expect(try failure(address).code == ECONNREFUSED)
    }

    @Test func `a connect to a Unix socket without a listener is refused, and to no socket is not found`() throws {
        let folder = ScratchFolder()
        let (listener, address) = try Loopback.listen(.unix, in: folder)
        listener.close()
        let error = try failure(address)
        #expect(error.code == ECONNREFUSED)
        #expect(error.call == "connect")
        #expect(error.description.contains(address.description))
        let missing = try #require(SocketAddress(path: folder.path("missing")))
        #expect(try failure(missing).code == ENOENT)
    }

    @Test func `a connect that hangs ends at its deadline`() throws {
        let folder = ScratchFolder()
        let full = try FullListener(in: folder)
        let start = MonotonicTime.now
        let outcome = Socket.connect(
            to: full.address,
            patience: .milliseconds(20),
            stop: nil,
            deadline: start.advanced(by: .milliseconds(150))
        )
        guard case .timedOut = outcome else {
            Issue.record("\(outcome)")
            return
        }
        let elapsed = MonotonicTime.now.since(start)
        #expect(elapsed >= .milliseconds(150))
        #expect(elapsed < .seconds(10))
    }

    @Test func `a connect that hangs ends with a stop signal`() throws {
        let folder = ScratchFolder()
        let full = try FullListener(in: folder)
        let address = full.address
        let signal = StopSignal()
        let stopped = Flag()
        let thread = try Thread(name: "connects", stackSize: 1 << 20) {
            let outcome = Socket.connect(
                to: address,
                patience: .milliseconds(20),
                stop: signal,
                deadline: Loopback.soon
            )
            if case .stopped = outcome { stopped.raise() }
        }
        signal.stop()
        thread.join()
        #expect(stopped.isRaised)
    }

    private func failure(_ address: SocketAddress) throws -> SystemCallError {
        let outcome = Socket.connect(to: address, patience: Loopback.patience, stop: nil, deadline: Loopback.soon)
        guard case .failed(let error) = outcome else { throw Loopback.Refused() }
        return error
    }
}

/// A listener whose backlog is full: the kernel drops further SYNs, so a connect hangs.
struct FullListener {
    let address: SocketAddress
    private let listener: Socket
    private let waiting: [Socket]

    init(in folder: ScratchFolder) throws {
        let (listener, address) = try Loopback.listen(.ipv4, in: folder, backlog: 0)
        self.listener = listener
        self.address = address
        var waiting: [Socket] = []
        // A backlog of 0 holds one connection; two more cannot all fit.
        for _ in 0..<4 {
            let deadline = MonotonicTime.now.advanced(by: .milliseconds(60))
            let outcome = Socket.connect(to: address, patience: .milliseconds(20), stop: nil, deadline: deadline)
            guard case .connected(let socket) = outcome else { break }
            waiting.append(socket)
        }
        self.waiting = waiting
    }
}
