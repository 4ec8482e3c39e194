internal import DuplexLock
internal import Glibc

/// Waits on sockets and on a stop signal at the same time.
public enum Wait {
    /// How long one `poll` lasts at most while there is no descriptor for the stop signal, milliseconds.
    private static let sliceWithoutWakeDescriptor: Int32 = 100

    /// Waits until `socket`, or `second`, is ready, the stop signal is given or the deadline passes.
    ///
    /// - Parameters:
    ///   - interest: what to wait for; hang-up and errors are always found.
    ///   - second: another socket to watch, with its own interest.
    ///   - stop: nil: the wait cannot be stopped.
    ///   - deadline: nil: no deadline.
    public static func until(
        _ socket: Socket,
        is interest: Readiness,
        or second: (socket: Socket, interest: Readiness)? = nil,
        stop: StopSignal?,
        deadline: MonotonicTime? = nil
    ) -> WaitOutcome {
        HeldLocks.assertNone(before: "poll")
        let wake = stop?.descriptor() ?? -1
        // poll ignores entries whose descriptor is negative.
        var entries = (
            pollfd(fd: socket.number, events: interest.rawValue, revents: 0),
            pollfd(fd: second?.socket.number ?? -1, events: second?.interest.rawValue ?? 0, revents: 0),
            pollfd(fd: wake, events: Int16(POLLIN), revents: 0)
        )
        while true {
            if let stop, stop.isStopped { return .stopped }
            var timeout = deadline?.pollTimeout ?? -1
            if stop != nil, wake < 0 {
                timeout = timeout < 0 ? sliceWithoutWakeDescriptor : min(timeout, sliceWithoutWakeDescriptor)
            }
            let count = retrying {
                withUnsafeMutableBytes(of: &entries) { bytes in
                    Int(poll(bytes.assumingMemoryBound(to: pollfd.self).baseAddress, 3, timeout))
                }
            }
            if entries.2.revents != 0 { return .stopped }
            if count > 0 {
                return .ready(Readiness(rawValue: entries.0.revents), Readiness(rawValue: entries.1.revents))
            }
            if let deadline, deadline <= .now { return .timedOut }
            // ENOMEM, for a moment: nothing was looked at.
            if count < 0 { Thread.yield() }
        }
    }
}
