import DuplexTLS

// Shown on the front page.

/// Sends `message` and receives the answer to its end, at the same time.
func converse(_ session: DuplexSession, over socket: Connection, sending message: [UInt8]) throws -> Received? {
    guard var reader = session.takeReader() else { return nil }
    var inbox = Inbox()
    try finishHandshake(&reader, &inbox, socket)

    let writing = Worker {
        // Taken inside the thread: a closure that escapes cannot give away a half that it captured.
        guard var writer = session.takeWriter() else { return false }
        return try writeAll(message, &writer, socket) && endWriting(&writer, socket)
    }
    let received = try readToEnd(&reader, &inbox, socket)
    return try writing.join() ? received : nil
}
