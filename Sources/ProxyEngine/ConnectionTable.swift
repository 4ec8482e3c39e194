internal import DuplexLock
internal import DuplexPosix

/// The connections that are open.
///
/// - Thread: any.
final class ConnectionTable: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `connections` is used only while `lock` is held.
    private let lock = Lock()
    private let emptied = Condition()
    private var connections: [UInt64: Connection] = [:]

    var isEmpty: Bool { lock.withLock { connections.isEmpty } }

    var snapshot: [Connection] { lock.withLock { Array(connections.values) } }

    /// Adds a connection. Returns true when it is the only one.
    func insert(_ connection: Connection) -> Bool {
        lock.withLock {
            connections[connection.id] = connection
            return connections.count == 1
        }
    }

    func remove(_ connection: Connection) {
        let isEmpty = lock.withLock {
            connections[connection.id] = nil
            return connections.isEmpty
        }
        if isEmpty { emptied.broadcast() }
    }

    /// Waits until no connection is open. False when the deadline passed first.
    func waitUntilEmpty(until deadline: MonotonicTime) -> Bool {
        lock.withLock {
            while !connections.isEmpty {
                if !emptied.wait(lock, untilNanoseconds: deadline.nanoseconds) { return connections.isEmpty }
            }
            return true
        }
    }
}
