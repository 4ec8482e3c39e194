internal import DuplexLock
internal import Glibc

extension Socket {
    /// How dialling ended.
    public enum ConnectOutcome: Sendable {
        case connected(Socket)
        case failed(SystemCallError)
        case timedOut
        case stopped
    }

    /// Connects to `address`.
    ///
    /// - Parameters:
    ///   - patience: the new socket's, see ``setPatience(_:)``.
    ///   - stop: ends the attempt early.
    public static func connect(
        to address: SocketAddress,
        patience: Duration,
        stop: StopSignal?,
        deadline: MonotonicTime
    ) -> ConnectOutcome {
        HeldLocks.assertNone(before: "connect")
        let number = Glibc.socket(address.family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { return .failed(SystemCallError("socket", "\(address)", code: errno)) }
        let socket = Socket(taking: number, isUnix: address.isUnix)
        // connect waits for SO_SNDTIMEO and then says EINPROGRESS (socket(7)); no second call is needed to switch
        // between blocking and not. EINTR leaves the attempt under way as well.
        let isDeadlineNear = deadline < MonotonicTime.now.advanced(by: patience)
        socket.setPatience(isDeadlineNear ? max(deadline.since(.now), .milliseconds(1)) : patience)
        defer { if isDeadlineNear { socket.setPatience(patience) } }
        var status: Int32
        repeat {
            status = address.withSocketAddress { Glibc.connect(number, $0, $1) == 0 ? 0 : errno }
            if status == 0 { return .connected(socket) }
            if stop?.isStopped == true { return .stopped }
            // unix(7): while the listener's backlog is full, connect waits for SO_SNDTIMEO, says EAGAIN, and nothing is
            // under way; nor is it after EINTR.
        } while address.isUnix && (status == EAGAIN || status == EINTR) && deadline > .now
        if address.isUnix, status == EAGAIN || status == EINTR { return .timedOut }
        guard status == EINPROGRESS || status == EINTR else {
            return .failed(SystemCallError("connect", "\(address)", code: status))
        }
        switch Wait.until(socket, is: .writable, stop: stop, deadline: deadline) {
        case .stopped: return .stopped
        case .timedOut: return .timedOut
        case .ready: break
        }
        var code: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &size) == 0, code == 0 else {
            return .failed(SystemCallError("connect", "\(address)", code: code))
        }
        return .connected(socket)
    }
}
