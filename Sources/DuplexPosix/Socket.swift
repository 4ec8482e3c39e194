internal import DuplexLock
internal import Glibc
internal import Synchronization

/// A stream socket, and the one owner of its descriptor.
///
/// Two threads share it, one for each direction. ``close()`` is called when both are done with it, so no descriptor
/// number is ever used again under a live thread; the last reference closes it if nobody did.
///
/// Sockets are blocking, with a patience: a call that could block returns after it with nothing, so that the thread can
/// give its buffers back and wait in ``Wait``, where a stop signal reaches it. A busy direction therefore needs one
/// system call a batch, and never waits longer than its patience without hearing a stop signal.
///
/// - Thread: any.
public final class Socket: Sendable {
    /// The descriptor's number, for `poll` and for logs.
    public let number: Int32
    /// Whether it is a Unix socket: those have no RST, and lose errors that TCP tells.
    public let isUnix: Bool
    private let isClosed = Atomic(false)

    /// Takes ownership of a descriptor.
    public init(taking number: Int32, isUnix: Bool = false) {
        self.number = number
        self.isUnix = isUnix
    }

    deinit { close() }

    /// Closes the descriptor, once. No thread may be using the socket.
    public func close() {
        guard !isClosed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        // Not retried on EINTR: Linux has released the number by then (close(2), "Dealing with error returns").
        Glibc.close(number)
    }

    // MARK: Moving bytes

    /// Receives what is there, up to the buffer's size; waits for the first byte no longer than the patience.
    public func receive(into buffer: UnsafeMutableRawBufferPointer) -> ReceiveOutcome {
        HeldLocks.assertNone(before: "recv")
        return receive(buffer.baseAddress, buffer.count, flags: 0)
    }

    /// As ``receive(into:)``, into several buffers one after the other.
    public func receive(into vector: borrowing IOVector) -> ReceiveOutcome {
        // The kernel takes less time over one buffer that it is given without a list.
        if let only = vector.only { return receive(into: only) }
        HeldLocks.assertNone(before: "readv")
        let content = vector.content
        return outcome(of: retrying { readv(number, content.baseAddress, Int32(content.count)) })
    }

    /// As ``receive(into:)``, into several buffers one after the other, without waiting.
    public func receiveNow(into vector: borrowing IOVector) -> ReceiveOutcome {
        if let only = vector.only { return receiveNow(into: only) }
        var message = Self.message(vector)
        return outcome(of: retrying { recvmsg(number, &message, Int32(MSG_DONTWAIT)) })
    }

    private static func message(_ vector: borrowing IOVector) -> msghdr {
        var message = msghdr()
        message.msg_iov = vector.content.baseAddress
        message.msg_iovlen = vector.content.count
        return message
    }

    /// Receives what is there without waiting.
    public func receiveNow(into buffer: UnsafeMutableRawBufferPointer) -> ReceiveOutcome {
        receive(buffer.baseAddress, buffer.count, flags: Int32(MSG_DONTWAIT))
    }

    /// Takes what is there off the socket, up to 16 KiB, and throws it away; waits for the first byte no longer than
    /// the patience. On TCP the kernel copies nothing: MSG_TRUNC discards (tcp(7)).
    public func discard() -> ReceiveOutcome {
        HeldLocks.assertNone(before: "recv")
        return discard(flags: 0)
    }

    /// As ``discard()``, without waiting.
    public func discardNow() -> ReceiveOutcome { discard(flags: Int32(MSG_DONTWAIT)) }

    private func discard(flags: Int32) -> ReceiveOutcome {
        withUnsafeTemporaryAllocation(byteCount: 16 * 1024, alignment: 16) { scratch in
            receive(scratch.baseAddress, scratch.count, flags: flags | Int32(MSG_TRUNC))
        }
    }

    private func receive(_ base: UnsafeMutableRawPointer?, _ size: Int, flags: Int32) -> ReceiveOutcome {
        outcome(of: retrying { recv(number, base, size, flags) })
    }

    private func outcome(of count: Int) -> ReceiveOutcome {
        switch count {
        case 1...: return .bytes(count)
        case 0: return .endOfStream
        case -Int(EAGAIN): return .idle
        default: return .failed(Int32(-count))
        }
    }

    /// Sends as much as the peer takes within the patience.
    public func send(_ bytes: UnsafeRawBufferPointer) -> SendOutcome {
        HeldLocks.assertNone(before: "send")
        return send(bytes, flags: Int32(MSG_NOSIGNAL))
    }

    /// As ``send(_:)``, from several buffers one after the other.
    public func send(_ vector: borrowing IOVector) -> SendOutcome {
        if let only = vector.only { return send(UnsafeRawBufferPointer(only)) }
        HeldLocks.assertNone(before: "sendmsg")
        return send(vector, flags: Int32(MSG_NOSIGNAL))
    }

    /// As ``sendNow(_:)-(UnsafeRawBufferPointer)``, from several buffers one after the other.
    public func sendNow(_ vector: borrowing IOVector) -> SendOutcome {
        if let only = vector.only { return sendNow(UnsafeRawBufferPointer(only)) }
        return send(vector, flags: Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }

    private func send(_ vector: borrowing IOVector, flags: Int32) -> SendOutcome {
        var message = Self.message(vector)
        return outcome(ofSending: retrying { sendmsg(number, &message, flags) })
    }

    /// As ``send(_:)``, for bytes that ``finish()`` follows at once: on TCP the last of them leaves in one segment
    /// with the FIN (MSG_MORE, send(2)).
    public func sendBeforeFinish(_ bytes: UnsafeRawBufferPointer) -> SendOutcome {
        HeldLocks.assertNone(before: "send")
        return send(bytes, flags: Int32(MSG_NOSIGNAL) | Int32(MSG_MORE))
    }

    /// Sends as much as the socket takes without waiting.
    public func sendNow(_ bytes: UnsafeRawBufferPointer) -> SendOutcome {
        send(bytes, flags: Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    }

    private func send(_ bytes: UnsafeRawBufferPointer, flags: Int32) -> SendOutcome {
        guard !bytes.isEmpty else { return .bytes(0) }
        return outcome(ofSending: retrying { Glibc.send(number, bytes.baseAddress, bytes.count, flags) })
    }

    private func outcome(ofSending count: Int) -> SendOutcome {
        switch count {
        case 0...: return .bytes(count)
        case -Int(EAGAIN): return .full
        default: return .failed(Int32(-count))
        }
    }

    /// Whether a send of a few bytes would be taken at once.
    public var isWritable: Bool {
        var entry = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
        return retrying { Int(poll(&entry, 1, 0)) } > 0 && entry.revents & Int16(POLLOUT) != 0
    }

    // MARK: Ending

    /// Sends FIN after everything that was sent before: the peer reads the end of the stream.
    ///
    /// - Returns: false when the connection was already gone: the peer's RST had come.
    @discardableResult
    public func finish() -> Bool { shutdown(number, Int32(SHUT_WR)) == 0 }

    /// Makes ``close()`` send RST instead of FIN and throw away what was not sent: the peer's read fails.
    ///
    /// Where the system refuses the option, RST leaves at once (connect(2), AF_UNSPEC).
    public func resetOnClose() {
        if set(SOL_SOCKET, SO_LINGER, linger(l_onoff: 1, l_linger: 0)) { return }
        var nobody = sockaddr()
        nobody.sa_family = sa_family_t(AF_UNSPEC)
        _ = Glibc.connect(number, &nobody, socklen_t(MemoryLayout<sockaddr>.size))
    }

    /// Whether a stream that has ended here, ended by the peer's FIN. False when the kernel has closed the connection,
    /// by RST for one, and cannot say.
    ///
    /// Asked because the pending error that tells a reset from an end is handed out once, to whichever thread's call
    /// comes first: after it, a receive returns 0 as if FIN had come.
    public var isPeerFinished: Bool {
        var info = tcp_info()
        var size = socklen_t(MemoryLayout<tcp_info>.size)
        guard getsockopt(number, Int32(IPPROTO_TCP), TCP_INFO, &info, &size) == 0 else {
            // A Unix socket: hung up once the peer has closed both directions.
            var entry = pollfd(fd: number, events: 0, revents: 0)
            return retrying { Int(poll(&entry, 1, 0)) } <= 0 || entry.revents & Int16(POLLHUP) == 0
        }
        return Int(info.tcpi_state) != Self.tcpClose
    }

    /// TCP_CLOSE of the kernel's tcp_states.h; Glibc's header names it in an enumeration that Swift does not see.
    private static let tcpClose = 7

    // MARK: Options

    /// How long a receive or send waits before it returns empty-handed. Zero: for ever.
    public func setPatience(_ duration: Duration) {
        let nanoseconds = duration.wholeNanoseconds
        let time = timeval(tv_sec: Int(nanoseconds / 1_000_000_000), tv_usec: Int(nanoseconds % 1_000_000_000 / 1_000))
        set(SOL_SOCKET, SO_RCVTIMEO, time)
        set(SOL_SOCKET, SO_SNDTIMEO, time)
    }

    /// Sends small segments at once (TCP_NODELAY): batches are made above, the kernel is not to hold them back.
    public func sendWithoutDelay() { set(Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1)) }

    /// Probes a silent peer so that a vanished one is noticed: after 60 s, every 15 s, 4 times.
    public func probePeer() {
        set(SOL_SOCKET, SO_KEEPALIVE, Int32(1))
        set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, Int32(60))
        set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, Int32(15))
        set(Int32(IPPROTO_TCP), TCP_KEEPCNT, Int32(4))
    }

    /// Sets an option. One that the socket's family does not have is left alone: most options tune, they do not decide.
    ///
    /// - Returns: whether the system took it.
    @discardableResult
    func set<Value>(_ level: Int32, _ option: Int32, _ value: Value) -> Bool {
        withUnsafeBytes(of: value) { bytes in
            setsockopt(number, level, option, bytes.baseAddress, socklen_t(bytes.count)) == 0
        }
    }
}
