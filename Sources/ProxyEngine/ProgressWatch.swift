internal import DuplexPosix

/// When a connection last made progress, as far as the timekeeper has seen.
struct ProgressWatch {
    private var bytes: UInt64 = 0
    private var patience: CloseTable.Patience?
    private var since = MonotonicTime(nanoseconds: 0)

    /// Looks at a connection's counters.
    ///
    /// - Returns: true when nothing has moved for `limit` under the same patience.
    mutating func isExpired(
        bytes: UInt64,
        patience: CloseTable.Patience,
        limit: Duration,
        now: MonotonicTime
    ) -> Bool {
        if bytes != self.bytes || patience != self.patience {
            self.bytes = bytes
            self.patience = patience
            since = now
            return false
        }
        return now >= since.advanced(by: limit)
    }
}
