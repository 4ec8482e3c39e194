internal import DuplexPosix

/// Dials a proxy's backend, once the client's handshake is complete.
struct Backend {
    /// How dialling ended.
    enum Outcome {
        case connected(Socket)
        case failed(CloseReason, String)
        case stopped
    }

    let points: [BackendPoint]

    /// Tries the points in turn, beginning with number `first`, and of each all addresses, until one answers.
    ///
    /// - Parameter deadline: for all attempts together.
    func dial(first: UInt64, stop: StopSignal, deadline: MonotonicTime) -> Outcome {
        var failure = Outcome.failed(.backendUnreachable, "no backend")
        for offset in 0..<UInt64(points.count) {
            let point = points[Int((first &+ offset) % UInt64(points.count))]
            let addresses: [SocketAddress]
            do {
                addresses = try point.resolve()
            } catch {
                failure = .failed(.backendUnreachable, "\(error)")
                continue
            }
            for (index, address) in addresses.enumerated() {
                // Each attempt has an equal share of what is left, so that one that hangs leaves time for the next.
                let attempts = (addresses.count - index) + (points.count - 1 - Int(offset))
                let share = min(deadline, MonotonicTime.now.advanced(by: deadline.since(.now) / attempts))
                switch Socket.connect(to: address, patience: EngineLimits.patience, stop: stop, deadline: share) {
                case .connected(let socket):
                    if !address.isUnix { socket.sendWithoutDelay() }
                    return .connected(socket)
                case .failed(let error): failure = .failed(.backendUnreachable, "\(error)")
                case .timedOut: failure = .failed(.backendTimeout, "\(address) did not answer in time")
                case .stopped: return .stopped
                }
            }
        }
        return failure
    }
}
