#if DEBUG
import DuplexLock
import DuplexPosix
import Testing

/// The lock's rules stop a debug build with a message that names the rule.
@Suite struct BrokenRuleTests {
    private func expect(
        _ message: String,
        in result: ExitTest.Result?,
        location: SourceLocation = #_sourceLocation
    ) {
        let text = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } ?? ""
        #expect(text.contains(message), sourceLocation: location)
    }

    @Test func `lock by the thread that holds the lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let lock = Lock()
            lock.lock()
            lock.lock()
        }
        expect("already holds this lock", in: result)
    }

    @Test func `unlock of a lock that nobody holds stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Lock().unlock()
        }
        expect("does not hold this lock", in: result)
    }

    @Test func `unlock of a lock that another thread holds stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let lock = Lock()
            try onThreads(1) { _ in lock.lock() }
            lock.unlock()
        }
        expect("does not hold this lock", in: result)
    }

    @Test func `assertHeld without the lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Lock().assertHeld()
        }
        expect("guarded by a lock", in: result)
    }

    @Test func `assertHeld while another thread holds the lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let lock = Lock()
            try onThreads(1) { _ in lock.lock() }
            lock.assertHeld()
        }
        expect("guarded by a lock", in: result)
    }

    @Test func `a lock that goes while it is held stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            var lock: Lock? = Lock()
            lock?.lock()
            lock = nil
        }
        expect("destroyed while a thread held it", in: result)
    }

    @Test func `a condition wait without the lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Condition().wait(Lock())
        }
        expect("the calling thread", in: result)
    }

    @Test func `a condition wait with another lock than the one that is held stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let held = Lock()
            held.lock()
            Condition().wait(Lock())
        }
        expect("guarded by a lock", in: result)
    }

    @Test func `a condition wait under a second lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let (first, second) = (Lock(), Lock())
            first.lock()
            second.lock()
            Condition().wait(second)
        }
        expect("Condition.wait may block", in: result)
    }

    @Test func `a condition wait with a deadline under a second lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let (first, second) = (Lock(), Lock())
            first.lock()
            second.lock()
            _ = Condition().wait(second, untilNanoseconds: 0)
        }
        expect("Condition.wait may block", in: result)
    }

    @Test func `a wait for a semaphore under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let semaphore = Semaphore()
            semaphore.signal()
            Lock().withLock { semaphore.wait() }
        }
        expect("Semaphore.wait may block", in: result)
    }

    @Test func `a wait for a semaphore with a deadline under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Lock().withLock { Semaphore().wait(untilNanoseconds: 0) }
        }
        expect("Semaphore.wait may block", in: result)
    }

    @Test func `a thread that pauses under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Lock().withLock { Thread.pause(for: .zero) }
        }
        expect("Thread.pause may block", in: result)
    }

    @Test func `a receive under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let socket = Socket(taking: -1)
            Lock().withLock {
                withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { _ = socket.receive(into: $0) }
            }
        }
        expect("recv may block", in: result)
    }

    @Test func `a receive into several buffers under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let socket = Socket(taking: -1)
            Lock().withLock { IOVector.withEmpty { _ = socket.receive(into: $0) } }
        }
        expect("readv may block", in: result)
    }

    @Test func `an accept under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let socket = Socket(taking: -1)
            _ = Lock().withLock { socket.accept() }
        }
        expect("accept may block", in: result)
    }

    @Test func `a discard under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let socket = Socket(taking: -1)
            _ = Lock().withLock { socket.discard() }
        }
        expect("recv may block", in: result)
    }

    @Test func `a send under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let socket = Socket(taking: -1)
            _ = Lock().withLock { socket.send(UnsafeRawBufferPointer(start: nil, count: 0)) }
        }
        expect("send may block", in: result)
    }

    @Test func `a send from several buffers under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let socket = Socket(taking: -1)
            Lock().withLock { IOVector.withEmpty { _ = socket.send($0) } }
        }
        expect("sendmsg may block", in: result)
    }

    @Test func `a send before the end under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let socket = Socket(taking: -1)
            _ = Lock().withLock { socket.sendBeforeFinish(UnsafeRawBufferPointer(start: nil, count: 0)) }
        }
        expect("send may block", in: result)
    }

    @Test func `a wait for a socket under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let socket = Socket(taking: -1)
            _ = Lock().withLock { Wait.until(socket, is: .readable, stop: nil, deadline: .now) }
        }
        expect("poll may block", in: result)
    }

    @Test func `a pause under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let signal = StopSignal()
            _ = Lock().withLock { signal.wait(for: .zero) }
        }
        expect("poll may block", in: result)
    }

    @Test func `a connect under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            guard let address = SocketAddress(ip: "127.0.0.1", port: 1) else { return }
            _ = Lock().withLock { Socket.connect(to: address, patience: .zero, stop: nil, deadline: .now) }
        }
        expect("connect may block", in: result)
    }

    @Test func `a name's resolution under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Lock().withLock { try? SocketAddress.resolve(host: "127.0.0.1", port: 1) }
        }
        expect("getaddrinfo may block", in: result)
    }

    @Test func `a join under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let thread = try Thread(name: "joined", stackSize: 1 << 20) {}
            let lock = Lock()
            lock.lock()
            thread.join()
        }
        expect("pthread_join may block", in: result)
    }

    @Test func `a wait for a signal under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Lock().withLock { Signals.next(until: .now) }
        }
        expect("sigtimedwait may block", in: result)
    }

    @Test func `a message to the service manager under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            guard let socket = NotificationSocket(path: "@duplexd-nobody-listens") else { return }
            Lock().withLock { try? socket.send("READY=1") }
        }
        expect("sendto may block", in: result)
    }

    @Test func `the reading of a file under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Lock().withLock { try? RegularFile.read("/dev/null", limit: 1) }
        }
        expect("open may block", in: result)
    }

    @Test func `a line of the log under a lock stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            _ = Lock().withLock { LineOutput(descriptor: -1).write("a line") }
        }
        expect("write may block", in: result)
    }

    @Test func `calls that cannot block are allowed under a lock`() async {
        await #expect(processExitsWith: .success) {
            let socket = Socket(taking: -1)
            let signal = StopSignal()
            Lock().withLock {
                withUnsafeTemporaryAllocation(byteCount: 1, alignment: 1) { buffer in
                    _ = socket.receiveNow(into: buffer)
                    _ = socket.sendNow(UnsafeRawBufferPointer(buffer))
                }
                signal.stop()
            }
        }
    }
}
#endif
