internal import Glibc

/// A point in time as ISO 8601 writes it, in UTC.
struct UTCTime: Sendable, Equatable {
    /// Since 1970-01-01 UTC.
    let seconds: Int64
    /// 0 to 999.
    let milliseconds: Int

    init(seconds: Int64, milliseconds: Int = 0) {
        self.seconds = seconds
        self.milliseconds = milliseconds
    }

    /// Now, by the system's clock.
    static var now: UTCTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UTCTime(seconds: Int64(time.tv_sec), milliseconds: time.tv_nsec / 1_000_000)
    }

    /// `2026-07-04T12:00:00Z`
    var text: String { dateAndTime + "Z" }

    /// `2026-07-04T12:00:00.123Z`
    var textWithMilliseconds: String { dateAndTime + "." + Self.padded(milliseconds, 3) + "Z" }

    private var dateAndTime: String {
        var parts = tm()
        var time = time_t(seconds)
        gmtime_r(&time, &parts)
        let date = [
            Self.padded(Int(parts.tm_year) + 1900, 4), Self.padded(Int(parts.tm_mon) + 1, 2),
            Self.padded(Int(parts.tm_mday), 2),
        ]
        let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { Self.padded(Int($0), 2) }
        return date.joined(separator: "-") + "T" + clock.joined(separator: ":")
    }

    private static func padded(_ number: Int, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
