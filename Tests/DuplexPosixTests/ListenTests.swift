import DuplexPosix
import Glibc
import Testing

@Suite struct ListenTests {
    @Test(arguments: Loopback.Family.allCases)
    func `an address that somebody listens on is in use`(family: Loopback.Family) throws {
        let folder = ScratchFolder()
        let (_listener, address) = try Loopback.listen(family, in: folder)
        let error = #expect(throws: SystemCallError.self) { try Socket.listen(on: address, backlog: 1) }
        #expect(error?.code == EADDRINUSE)
        #expect(error?.subject == address.description)
        // The one that was there first is not disturbed.
        _ = try Loopback.connect(address)
        guard case .accepted = _listener.accept() else {
            Issue.record("the first listener goes on")
            return
        }
    }

    @Test func `a Unix path whose listener is gone is taken over`() throws {
        let folder = ScratchFolder()
        let (listener, address) = try Loopback.listen(.unix, in: folder)
        listener.close()
        let second = try Socket.listen(on: address, backlog: 1)
        _ = try Loopback.connect(address)
        guard case .accepted = second.accept() else {
            Issue.record("the second listener serves the path")
            return
        }
    }

    @Test func `a Unix path whose listener's backlog is full is in use, and says so at once`() throws {
        let folder = ScratchFolder()
        let (listener, address) = try Loopback.listen(.unix, in: folder, backlog: 0)
        var waiting: [Socket] = []
        for _ in 0..<4 {
            let outcome = Socket.connect(
                to: address,
                patience: .milliseconds(20),
                stop: nil,
                deadline: .now.advanced(by: .milliseconds(40))
            )
            guard case .connected(let socket) = outcome else { break }
            waiting.append(socket)
        }
        #expect(!waiting.isEmpty)
        let done = Flag()
        let (refused, start) = (Flag(), MonotonicTime.now)
        let thread = try Thread(name: "listens", stackSize: 1 << 20) {
            do throws(SystemCallError) {
                _ = try Socket.listen(on: address, backlog: 1)
            } catch {
                if error.code == EADDRINUSE { refused.raise() }
            }
            done.raise()
        }
        let pause = StopSignal()
        while !done.isRaised, MonotonicTime.now.since(start) < .seconds(5) { _ = pause.wait(for: .milliseconds(5)) }
        #expect(done.isRaised, "the probe of the path waits for room in the backlog")
        // Ends a probe that hangs.
        listener.close()
        thread.join()
        #expect(refused.isRaised)
    }

    @Test func `a file that is no socket is never removed`() throws {
        let folder = ScratchFolder()
        let path = folder.path("file")
        let file = open(path, O_CREAT | O_WRONLY, 0o600)
        try #require(file >= 0)
        close(file)
        let address = try #require(SocketAddress(path: path))
        let error = #expect(throws: SystemCallError.self) { try Socket.listen(on: address, backlog: 1) }
        #expect(error?.code == EADDRINUSE)
        #expect(access(path, F_OK) == 0)
    }

    @Test func `a folder that is missing and an address of another machine are refused`() throws {
        let folder = ScratchFolder()
        let missing = try #require(SocketAddress(path: folder.path("no") + "/socket"))
        #expect(#expect(throws: SystemCallError.self) { try Socket.listen(on: missing, backlog: 1) }?.code == ENOENT)
        // TEST-NET-1 (RFC 5737): no machine has it.
        let foreign = try #require(SocketAddress(ip: "192.0.2.1", port: 0))
        #expect(
            #expect(throws: SystemCallError.self) { try Socket.listen(on: foreign, backlog: 1) }?.code == EADDRNOTAVAIL
        )
    }

    @Test func `a port is free again at once after its connections have ended`() throws {
        let folder = ScratchFolder()
        let (listener, address) = try Loopback.listen(in: folder)
        let near = try Loopback.connect(address)
        let far = try Loopback.accept(listener)
        // The server's side closes first, so its side of the connection is what lingers in TIME_WAIT.
        far.close()
        near.close()
        listener.close()
        _ = try Socket.listen(on: address, backlog: 1)
    }

    @Test func `an accept with nobody waiting says none`() throws {
        let folder = ScratchFolder()
        let (listener, _) = try Loopback.listen(in: folder)
        guard case .none = listener.accept() else {
            Issue.record("nobody has connected")
            return
        }
    }

    @Test func `an inherited descriptor is taken over only when it listens`() throws {
        let folder = ScratchFolder()
        let (listener, address) = try Loopback.listen(in: folder)
        let inherited = try #require(Socket.inheritedListener(number: dup(listener.number)))
        listener.close()
        #expect(fcntl(inherited.number, F_GETFD) & FD_CLOEXEC != 0)
        _ = try Loopback.connect(address)
        _ = try Loopback.accept(inherited)
        let (near, _) = try Loopback.pair()
        #expect(Socket.inheritedListener(number: near.number) == nil)
        #expect(Socket.inheritedListener(number: -1) == nil)
    }

    @Test func `without a descriptor left an accept says so, and the spare one refuses the client`() async {
        await #expect(processExitsWith: .success) {
            let folder = ScratchFolder()
            let (listener, address) = try Loopback.listen(in: folder)
            let spare = SpareDescriptor()
            let first = try Loopback.connect(address)
            let second = try Loopback.connect(address)
            // From here on the process has no descriptor left.
            var limit = rlimit()
            let resource = __rlimit_resource_t(UInt32(RLIMIT_NOFILE.rawValue))
            precondition(getrlimit(resource, &limit) == 0)
            let before = limit.rlim_cur
            limit.rlim_cur = 0
            precondition(setrlimit(resource, &limit) == 0)
            guard case .exhausted(EMFILE) = listener.accept() else { fatalError("descriptors are left") }
            limit.rlim_cur = rlim_t(second.number) + 1
            precondition(setrlimit(resource, &limit) == 0)
            guard case .exhausted(EMFILE) = listener.accept() else { fatalError("descriptors are left") }
            precondition(spare.refuseOne(on: listener))
            precondition(spare.refuseOne(on: listener), "the spare descriptor was taken back")
            limit.rlim_cur = before
            precondition(setrlimit(resource, &limit) == 0)
            precondition(!spare.refuseOne(on: listener), "nobody waits any more")
            precondition(first.receiveSome().outcome == .endOfStream)
            precondition(second.receiveSome().outcome == .endOfStream)
            _ = try Loopback.connect(address)
            _ = try Loopback.accept(listener)
        }
    }

    @Test func `a TCP socket that is accepted has its listener's options`() throws {
        let (listener, address) = try Loopback.listen(.ipv4, in: ScratchFolder())
        listener.setPatience(.milliseconds(30))
        listener.sendWithoutDelay()
        listener.probePeer()
        let client = try Loopback.connect(address)
        guard case .accepted(let accepted, _) = listener.accept() else {
            Issue.record("nobody was accepted")
            return
        }
        #expect(option(accepted, Int32(IPPROTO_TCP), TCP_NODELAY) != 0)
        #expect(option(accepted, SOL_SOCKET, SO_KEEPALIVE) != 0)
        #expect(option(accepted, Int32(IPPROTO_TCP), TCP_KEEPIDLE) == 60)
        #expect(option(accepted, Int32(IPPROTO_TCP), TCP_KEEPINTVL) == 15)
        #expect(option(accepted, Int32(IPPROTO_TCP), TCP_KEEPCNT) == 4)
        var byte: UInt8 = 0
        let start = MonotonicTime.now
        let outcome = withUnsafeMutableBytes(of: &byte) { accepted.receive(into: $0) }
        #expect(outcome == .idle)
        #expect(MonotonicTime.now.since(start) >= .milliseconds(25))
        client.close()
    }

    private func option(_ socket: Socket, _ level: Int32, _ name: Int32) -> Int32 {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(socket.number, level, name, &value, &size) == 0 ? value : -1
    }
}
