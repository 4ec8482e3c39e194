internal import CLinux
internal import DuplexLock
internal import Glibc

extension Socket {
    /// How an accept ended.
    public enum AcceptOutcome: Sendable {
        /// A new connection and its peer's address.
        case accepted(Socket, SocketAddress)
        /// No connection waits.
        case none
        /// The process or the system has no descriptor, or no memory, left: EMFILE, ENFILE, ENOBUFS, ENOMEM; or the
        /// listener itself is broken: EINVAL when somebody else shut it down.
        case exhausted(Int32)
        /// One connection failed before it was accepted; the next may be fine.
        case failed(Int32)
    }

    /// Listens on `address`.
    ///
    /// A Unix socket's path is taken over when nobody listens there any more, and refused when somebody does.
    ///
    /// - Throws: ``SystemCallError`` with the address: EADDRINUSE, EACCES, EADDRNOTAVAIL, ...
    public static func listen(on address: SocketAddress, backlog: Int32) throws(SystemCallError) -> Socket {
        if let path = address.path { try removeStaleSocket(path, address) }
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let number = Glibc.socket(address.family, type, 0)
        guard number >= 0 else { throw SystemCallError("socket", "\(address)", code: errno) }
        let socket = Socket(taking: number)
        if !address.isUnix { socket.set(SOL_SOCKET, SO_REUSEADDR, Int32(1)) }
        // An IPv6 wildcard takes IPv6 alone, so that it stands beside an IPv4 one on the same port.
        if address.family == AF_INET6 { socket.set(Int32(IPPROTO_IPV6), IPV6_V6ONLY, Int32(1)) }
        guard address.withSocketAddress({ Glibc.bind(number, $0, $1) }) == 0 else {
            throw SystemCallError("bind", "\(address)", code: errno)
        }
        guard Glibc.listen(number, backlog) == 0 else { throw SystemCallError("listen", "\(address)", code: errno) }
        return socket
    }

    /// Unlinks a Unix socket that a dead process left behind.
    private static func removeStaleSocket(_ path: String, _ address: SocketAddress) throws(SystemCallError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFSOCK else { throw SystemCallError("bind", "\(address)", code: EADDRINUSE) }
        // Non-blocking: a listener whose backlog is full answers EAGAIN at once, where a blocking probe would hang.
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let probe = Glibc.socket(AF_UNIX, type, 0)
        guard probe >= 0 else { throw SystemCallError("socket", "\(address)", code: errno) }
        defer { Glibc.close(probe) }
        let answer = address.withSocketAddress { Glibc.connect(probe, $0, $1) == 0 ? 0 : errno }
        guard answer == ECONNREFUSED else { throw SystemCallError("bind", "\(address)", code: EADDRINUSE) }
        unlink(path)
    }

    /// Removes a Unix socket's path.
    public static func remove(_ path: String) { unlink(path) }

    /// Takes over a listening socket that the service manager opened; nil when the descriptor is none.
    public static func inheritedListener(number: Int32) -> Socket? {
        var isListening: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size) == 0, isListening == 1 else {
            return nil
        }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) | O_NONBLOCK)
        return Socket(taking: number)
    }

    /// Makes ``accept()`` wait for a client for as long as the patience. Of several threads that wait in it the kernel
    /// wakes one for each client.
    public func waitInAccept() { _ = fcntl(number, F_SETFL, fcntl(number, F_GETFL) & ~O_NONBLOCK) }

    /// On TCP: lets ``accept()`` have clients that have sent something, and one that is silent after about a second
    /// (TCP_DEFER_ACCEPT, tcp(7)). Where clients speak first a thread is then not woken for nothing to read.
    public func deferAccept() { set(Int32(IPPROTO_TCP), TCP_DEFER_ACCEPT, Int32(1)) }

    /// Whether a client waits to be accepted.
    public var hasWaitingClient: Bool {
        var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        return retrying { Int(poll(&entry, 1, 0)) } > 0
    }

    /// Ends listening, for every process that has the socket: threads that wait in ``accept()`` return, and clients that
    /// wait there are reset, as by ``close()``.
    public func shutDown() { _ = shutdown(number, Int32(SHUT_RDWR)) }

    /// Accepts one waiting connection. Unless ``waitInAccept()`` was called it does not block; the new socket does.
    public func accept() -> AcceptOutcome {
        HeldLocks.assertNone(before: "accept")
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let number = retrying {
            withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Int(linux_accept(self.number, $0, &size))
                }
            }
        }
        switch number {
        case 0...: return .accepted(Socket(taking: Int32(number)), SocketAddress(storage, size: size))
        case -Int(EAGAIN): return .none
        case -Int(EMFILE), -Int(ENFILE), -Int(ENOBUFS), -Int(ENOMEM), -Int(EINVAL): return .exhausted(Int32(-number))
        default: return .failed(Int32(-number))
        }
    }

    /// The address that the socket is bound to, with the port that the system picked for port 0.
    public var localAddress: SocketAddress? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(number, $0, &size) }
        }
        return status == 0 ? SocketAddress(storage, size: size) : nil
    }
}
