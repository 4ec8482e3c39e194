internal import DuplexPosix
internal import Synchronization

/// Reads and discards after our FIN, until the client's stream ends or a bound is reached.
///
/// Closing a socket with unread input sends RST, and an RST destroys what the client has not read yet.
struct Linger {
    private let connection: Connection

    init(_ connection: Connection) { self.connection = connection }

    func run() {
        let isStopping = connection.stop.isStopped && connection.closing.finalReason == .drained
        let begin = MonotonicTime.now
        let end = begin.advanced(by: isStopping ? EngineLimits.lingerTimeWhenStopping : EngineLimits.lingerTime)
        var discarded = 0
        var quietEnd = begin.advanced(by: EngineLimits.lingerQuietTime)
        while discarded < EngineLimits.discardLimit, !connection.isAbandoned.load(ordering: .acquiring) {
            switch connection.client.discard() {
            case .bytes(let count):
                discarded += count
                quietEnd = .now.advanced(by: EngineLimits.lingerQuietTime)
            case .endOfStream, .failed: return
            case .idle: break
            }
            if MonotonicTime.now >= min(end, quietEnd) { return }
        }
    }
}
