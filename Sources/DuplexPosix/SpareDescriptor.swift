internal import Glibc

/// A descriptor held back for the moment when the process has none left: it is given up to accept one waiting
/// connection and close it, so that the client learns of it instead of waiting in the backlog.
///
/// Used by one thread at a time.
public final class SpareDescriptor {
    private var number: Int32 = -1

    public init() { take() }

    deinit { if number >= 0 { close(number) } }

    /// Accepts and closes one connection with the spare descriptor. Returns whether one was refused.
    public func refuseOne(on listener: Socket) -> Bool {
        guard number >= 0 else {
            take()
            return false
        }
        close(number)
        number = -1
        defer { take() }
        if case .accepted(let socket, _) = listener.accept() {
            socket.close()
            return true
        }
        return false
    }

    private func take() {
        number = open("/dev/null", O_RDONLY | O_CLOEXEC)
    }
}
