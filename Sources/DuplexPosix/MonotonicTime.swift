internal import Glibc

/// A point on CLOCK_MONOTONIC, nanoseconds. Deadlines are points, so that a wait that is interrupted never starts over.
public struct MonotonicTime: Sendable, Hashable, Comparable {
    public let nanoseconds: UInt64

    public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

    /// Now.
    public static var now: MonotonicTime { read(CLOCK_MONOTONIC) }

    /// Now, as of the last timer tick (1 to 4 ms ago); reading it costs a few nanoseconds.
    public static var recent: MonotonicTime { read(CLOCK_MONOTONIC_COARSE) }

    public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool { left.nanoseconds < right.nanoseconds }

    /// A point `duration` later; the far future when it does not fit.
    public func advanced(by duration: Duration) -> MonotonicTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return MonotonicTime(nanoseconds: overflow ? .max : sum)
    }

    /// The time from `earlier` to here; zero when `earlier` is later.
    public func since(_ earlier: MonotonicTime) -> Duration {
        .nanoseconds(Int64(clamping: nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0))
    }

    /// Milliseconds from now until here for `poll`, rounded up; 0 when it has passed.
    var pollTimeout: Int32 {
        let now = MonotonicTime.now.nanoseconds
        guard nanoseconds > now else { return 0 }
        return Int32(clamping: (nanoseconds - now) / 1_000_000 + 1)
    }

    private static func read(_ clock: clockid_t) -> MonotonicTime {
        var time = timespec()
        clock_gettime(clock, &time)
        return MonotonicTime(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }
}

extension Duration {
    /// This duration in nanoseconds; 0 for a negative one, the largest number for one that does not fit.
    public var wholeNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (high, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, carry) = high.addingReportingOverflow(UInt64(attoseconds / 1_000_000_000))
        return overflow || carry ? .max : sum
    }
}
