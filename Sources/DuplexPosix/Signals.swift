internal import DuplexLock
internal import Glibc

/// The signals that a daemon obeys, taken one by one by the thread that asks for them.
///
/// Nothing runs in a signal handler: the signals are blocked in every thread and fetched like messages.
public enum Signals {
    /// Blocks every ``Signal`` in the calling thread and in all threads that are started after this call, and ignores
    /// SIGPIPE, so that a write to a closed pipe fails with EPIPE instead of ending the process.
    ///
    /// Dispositions that were inherited (`nohup`, a shell's `&`) are set back, as an ignored signal is never delivered.
    ///
    /// - Thread: the main one, before any other is started.
    public static func block() {
        for signal in Signal.allCases { Glibc.signal(signal.number, SIG_DFL) }
        Glibc.signal(SIGPIPE, SIG_IGN)
        var set = all
        pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for the next signal.
    ///
    /// - Parameter deadline: nil: waits without end.
    /// - Returns: nil when the deadline passed first.
    /// - Thread: one at a time; the signals must be blocked.
    public static func next(until deadline: MonotonicTime?) -> Signal? {
        HeldLocks.assertNone(before: "sigtimedwait")
        var set = all
        while true {
            let number: Int32
            if let deadline {
                let left = deadline.since(.now).wholeNanoseconds
                var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
                number = sigtimedwait(&set, nil, &time)
            } else {
                number = sigwaitinfo(&set, nil)
            }
            if let signal = Signal.allCases.first(where: { $0.number == number }) { return signal }
            // EINTR: the process was stopped and continued.
            if let deadline, deadline <= .now { return nil }
        }
    }

    private static var all: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in Signal.allCases { sigaddset(&set, signal.number) }
        return set
    }
}
