import Glibc

/// A connected TCP socket, closed when nobody holds it any more.
///
/// - Thread: any; one thread receives while another sends.
final class Socket: Sendable {
    private let descriptor: Int32

    /// How long each address of a host may take to answer, seconds.
    private static let connectTimeout = 10

    /// Connects to the first address of `host` that answers.
    init(host: String, port: String) throws(Failure) {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, port, &hints, &list)
        guard status == 0 else {
            throw Failure("\(host) port \(port): " + String(cString: gai_strerror(status)))
        }
        defer { freeaddrinfo(list) }
        var code = EADDRNOTAVAIL
        var next = list
        while let address = next?.pointee {
            let result = Self.connect(to: address)
            if result >= 0 {
                descriptor = Int32(result)
                return
            }
            code = Int32(-result)
            next = address.ai_next
        }
        throw Failure("\(host) port \(port)", code: code)
    }

    deinit { close(descriptor) }

    private static func connect(to address: addrinfo) -> Int {
        let type = address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue)
        let created = uninterrupted { Int(socket(address.ai_family, type, address.ai_protocol)) }
        guard created >= 0 else { return created }
        let descriptor = Int32(created)
        var patience = timeval(tv_sec: connectTimeout, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        // An interrupted connect goes on by itself, and calling it again says EALREADY: so wait for its end instead.
        var code = Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno
        if code == EINTR {
            var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            let ready = uninterrupted { Int(poll(&entry, 1, Int32(connectTimeout * 1000))) }
            var size = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
            if ready == 0 { code = ETIMEDOUT }
        }
        guard code == 0 else {
            close(descriptor)
            // The name that the kernel has for a send timeout that ran out while connecting.
            return code == EINPROGRESS ? -Int(ETIMEDOUT) : -Int(code)
        }
        patience.tv_sec = 0
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        return created
    }

    /// Waits until there is something to receive or, if asked, room to send.
    ///
    /// - Parameter milliseconds: the longest wait; negative: for ever.
    func wait(forRoom: Bool, milliseconds: Int32) -> (isReadable: Bool, hasRoom: Bool) {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN | (forRoom ? POLLOUT : 0)), revents: 0)
        _ = uninterrupted { Int(poll(&entry, 1, milliseconds)) }
        // An error counts as both: the next call names it.
        let isBroken = entry.revents & Int16(POLLERR | POLLHUP) != 0
        return (isBroken || entry.revents & Int16(POLLIN) != 0, isBroken || entry.revents & Int16(POLLOUT) != 0)
    }

    /// - Returns: bytes received, 0 after the peer's FIN, or the error number, negative.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        uninterrupted { recv(descriptor, buffer.baseAddress, buffer.count, 0) }
    }

    /// Sends all of `bytes`; waits for room.
    ///
    /// - Returns: the bytes taken, and the error number if that is not all of them.
    func send(_ bytes: UnsafeRawBufferPointer) -> (taken: Int, code: Int32) { send(bytes, flags: 0) }

    /// Sends what there is room for at once.
    func sendNow(_ bytes: UnsafeRawBufferPointer) -> (taken: Int, code: Int32) { send(bytes, flags: Int(MSG_DONTWAIT)) }

    private func send(_ bytes: UnsafeRawBufferPointer, flags: Int) -> (taken: Int, code: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            // MSG_NOSIGNAL: a server that is gone is an error number, not a SIGPIPE.
            let count = uninterrupted {
                Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(flags | Int(MSG_NOSIGNAL)))
            }
            if count < 0 { return (bytes.count - rest.count, Int32(-count)) }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
        return (bytes.count, 0)
    }

    /// Sends FIN; receiving goes on.
    func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }
}
