// One connection of the embedded backend, on its own thread:
//   1. receive until it is clear whether HTTP is spoken; silence means it is not
//   2. HTTP: answer request after request       else: echo until the client's end, then end too

internal import DuplexPosix

/// Serves one connection of the embedded backend.
struct DemoBackendConnection: ~Copyable {
    private let socket: Socket
    private var received: [UInt8] = []

    private static let chunkSize = 64 * 1024
    /// How long the first bytes may look like the start of a method's name before they are echoed.
    private static let undecidedTime = Duration.milliseconds(250)

    /// How one receive ended.
    private enum Received: Equatable {
        case bytes
        case silence
        case end
    }

    init(_ socket: Socket) {
        self.socket = socket
        socket.sendWithoutDelay()
    }

    consuming func run() {
        socket.setPatience(Self.undecidedTime)
        if speaksHTTP() {
            socket.setPatience(.zero)
            answer()
        } else {
            socket.setPatience(.zero)
            echo()
        }
        socket.finish()
        socket.close()
    }

    private mutating func speaksHTTP() -> Bool {
        while true {
            let outcome = receive()
            if outcome == .silence, received.isEmpty { continue }
            if outcome == .end, received.isEmpty { return false }
            switch HTTPRequestHead.parse(received) {
            case .notHTTP: return false
            case .complete, .malformed: return true
            case .incomplete:
                // A whole request line is HTTP for certain; less than a method and a space may be anything.
                if received.contains(UInt8(ascii: "\n")) { return true }
                if outcome == .end || outcome == .silence && !received.contains(UInt8(ascii: " ")) { return false }
            }
        }
    }

    // MARK: Echo

    private mutating func echo() {
        repeat {
            guard send(received) else { return }
            received.removeAll(keepingCapacity: true)
        } while receive() == .bytes
    }

    // MARK: HTTP

    private mutating func answer() {
        while true {
            switch HTTPRequestHead.parse(received) {
            case .complete(let head, let size):
                received.removeFirst(size)
                guard answer(head) else { return }
            case .incomplete:
                guard receive() == .bytes else { return }
            case .notHTTP, .malformed:
                _ = send(HTTPResponse.badRequest.bytes(isPersistent: false, hasBody: true))
                return
            }
        }
    }

    /// Answers one request. Returns whether another may follow.
    private mutating func answer(_ head: HTTPRequestHead) -> Bool {
        // The end of a chunked body is not looked for: the connection ends with the answer.
        guard let bodySize = head.bodySize else {
            _ = send(HTTPResponse.lengthRequired.bytes(isPersistent: false, hasBody: true))
            return false
        }
        if head.expectsContinue, bodySize > received.count, !send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) {
            return false
        }
        guard discard(bodySize) else { return false }
        let hasBody = head.method != "HEAD"
        return send(HTTPResponse.page.bytes(isPersistent: head.isPersistent, hasBody: hasBody)) && head.isPersistent
    }

    private mutating func discard(_ count: Int) -> Bool {
        var left = count
        while left > received.count {
            left -= received.count
            received.removeAll(keepingCapacity: true)
            guard receive() == .bytes else { return false }
        }
        received.removeFirst(left)
        return true
    }

    // MARK: The socket

    private mutating func receive() -> Received {
        let outcome = withUnsafeTemporaryAllocation(byteCount: Self.chunkSize, alignment: 16) { buffer in
            let outcome = socket.receive(into: buffer)
            if case .bytes(let count) = outcome { received += buffer[..<count] }
            return outcome
        }
        switch outcome {
        case .bytes: return .bytes
        case .idle: return .silence
        case .endOfStream, .failed: return .end
        }
    }

    private func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                guard case .bytes(let count) = socket.send(UnsafeRawBufferPointer(rebasing: buffer[sent...])) else {
                    return false
                }
                sent += count
            }
            return true
        }
    }
}
