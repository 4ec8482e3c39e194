internal import DuplexTLS

/// One decision of the scheduler. A step that its half cannot take at the moment does nothing, so any part of a
/// schedule is a schedule too.
enum Step: CustomStringConvertible {
    /// The reader gets at most `arrival` bytes from the transport and calls once, with `room` bytes for plaintext.
    case read(TLSRole, arrival: Int, room: Int)
    /// The reader gets at most `arrival` bytes from the transport and opens one record where it lies.
    case open(TLSRole, arrival: Int)
    /// The writer encrypts so many bytes, or moves the handshake on while that is not complete.
    case write(TLSRole, Int)
    /// The writer encrypts so many bytes that were received into its room; nothing before the handshake is complete.
    case writeReceived(TLSRole, Int)
    /// The writer asks for new keys; nothing under TLS 1.2.
    case updateKeys(TLSRole)
    /// The writer closes its direction; nothing before the handshake is complete.
    case close(TLSRole)
    /// The reader or the writer sends what it owes. The transport takes at most `limit` bytes a call, and the next
    /// `inside` steps happen while it does.
    case flush(TLSRole, Half, limit: Int, inside: Int)
    case releaseBuffers(TLSRole)
    /// What this end sends arrives only up to `keep` bytes from here on, then the stream ends without close_notify.
    case cut(TLSRole, keep: Int)
    /// The transport fails in both directions; what has not arrived is lost.
    case reset

    enum Half { case reader, writer }

    var description: String {
        switch self {
        case .read(let role, let arrival, let room):
            "\(role) reader: read, \(arrival) bytes arrive, room \(room)"
        case .open(let role, let arrival): "\(role) reader: open, \(arrival) bytes arrive"
        case .write(let role, let count): "\(role) writer: write \(count)"
        case .writeReceived(let role, let count): "\(role) writer: write \(count) received"
        case .updateKeys(let role): "\(role) writer: update keys"
        case .close(let role): "\(role) writer: close"
        case .flush(let role, let half, let limit, let inside):
            "\(role) \(half): flush, at most \(limit) bytes"
                + (inside > 0 ? ", next \(inside) steps inside" : "")
        case .releaseBuffers(let role): "\(role): release buffers"
        case .cut(let role, let keep): "\(role)'s stream: cut \(keep) bytes from here"
        case .reset: "transport: reset"
        }
    }
}
