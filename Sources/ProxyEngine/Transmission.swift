internal import DuplexPosix
internal import Synchronization

/// Sends ciphertext to the client while the writer holds the sending turn, and remembers whether the client is gone.
final class Transmission {
    /// How long a client that does not read is waited for.
    enum Limit {
        /// Until the connection's stop signal.
        case stop
        /// Until then, whatever signal was given.
        case deadline(MonotonicTime)
        /// Not at all.
        case now
    }

    private let connection: Connection
    private let limit: Limit
    private let precedesFinish: Bool
    private(set) var hasFailed = false

    /// - Parameter precedesFinish: that ``Connection/finishClient()`` follows at once when everything was sent.
    init(_ connection: Connection, until limit: Limit, precedesFinish: Bool = false) {
        self.connection = connection
        self.limit = limit
        self.precedesFinish = precedesFinish
    }

    /// Sends all of `bytes`. Returns how many the client's socket took: fewer only when the limit was reached or the
    /// client is gone.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        var sent = 0
        while sent < bytes.count {
            connection.clientSends.begin()
            let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
            let outcome = send(once: rest)
            if case .failed(let code) = outcome { connection.noteClientFailure(code) }
            connection.clientSends.end()
            switch outcome {
            case .bytes(let count):
                sent += count
                connection.progressToClient.add(UInt64(count), ordering: .relaxed)
            case .failed:
                hasFailed = true
                return sent
            case .full:
                guard waitForRoom() else { return sent }
            }
        }
        return sent
    }

    private func send(once bytes: UnsafeRawBufferPointer) -> SendOutcome {
        if case .now = limit { return connection.client.sendNow(bytes) }
        return precedesFinish ? connection.client.sendBeforeFinish(bytes) : connection.client.send(bytes)
    }

    private func waitForRoom() -> Bool {
        let outcome: WaitOutcome =
            switch limit {
            case .now: .timedOut
            case .stop:
                connection.polls.whileResting {
                    Wait.until(connection.client, is: .writable, stop: connection.stop)
                }
            case .deadline(let deadline): Wait.until(connection.client, is: .writable, stop: nil, deadline: deadline)
            }
        if case .ready = outcome { return true }
        return false
    }
}
