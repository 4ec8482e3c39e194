import DuplexTLS

// Shown on the page "Closing".

/// Steps 1 and 3: a call of `write` takes one record at most, so the rest is written until nothing is left.
func writeAll(_ message: [UInt8], _ writer: inout WriteHalf, _ socket: Connection) throws -> Bool {
    var rest = message[...]
    while !rest.isEmpty {
        rest = rest.dropFirst(try rest.withUnsafeBytes { try writer.write($0) })
        // After each record here; a batch of a few records a flush costs fewer system calls.
        guard writer.flush({ socket.send($0) }) == .flushed else { return false }
    }
    return true
}

/// What a stream brought, and how it ended.
struct Received: Sendable, Equatable {
    var plaintext: [UInt8] = []
    var end: StreamEnd
}

/// Steps 2 and 4: reads in a loop until the stream ends, and tells how.
func readToEnd(_ reader: inout ReadHalf, _ inbox: inout Inbox, _ socket: Connection) throws -> Received {
    var received = Received(end: .closeNotify)
    var record = [UInt8](repeating: 0, count: RecordLayer.plaintextLimit)
    while true {
        let progress = try inbox.bytes.withUnsafeBytes { ciphertext in
            try record.withUnsafeMutableBytes { try reader.read(ciphertext, into: $0) }
        }
        inbox.take(progress.consumed)
        received.plaintext += record[..<progress.produced]
        if progress.hasOutput { _ = reader.flush { socket.sendNow($0) } }
        switch progress.state {
        case .open: continue
        case .closed: return received
        case .needsInput:
            guard let end = inbox.fill(from: socket) else { continue }
            received.end = end
            return received
        }
    }
}

/// Steps 5 and 6: as soon as there is nothing more to write. Reading goes on.
func endWriting(_ writer: inout WriteHalf, _ socket: Connection) -> Bool {
    writer.close()
    let isSent = writer.flush { socket.send($0) } == .flushed
    socket.endSending()
    return isSent
}
