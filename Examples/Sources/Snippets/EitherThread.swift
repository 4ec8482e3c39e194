import DuplexTLS

// Shown on the page "Handshake from either thread".

/// The writing thread, first of all: a client's ClientHello goes out; a server has nothing to say yet.
func beginHandshake(_ writer: inout WriteHalf, _ socket: Connection) throws {
    _ = try writer.handshake()
    _ = writer.flush { socket.send($0) }
}

/// The reading thread, whenever something has come: whatever it is, it is handed to the core.
func finishHandshake(_ reader: inout ReadHalf, _ inbox: inout Inbox, _ socket: Connection) throws {
    // Also after a failure: the alert that tells the peer why is in the queue.
    defer { _ = reader.flush { socket.sendNow($0) } }
    while true {
        let progress = try inbox.bytes.withUnsafeBytes { try reader.handshake($0) }
        inbox.take(progress.consumed)
        if progress.isComplete { return }
        if progress.hasOutput { _ = reader.flush { socket.sendNow($0) } }
        if progress.needsInput, let end = inbox.fill(from: socket) { throw end }
    }
}
