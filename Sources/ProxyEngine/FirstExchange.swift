// A connection's first request and reply, on the reader's thread alone:
//   1. wait for client and backend at the same time             (no lock held)
//   2. move what the backend has sent, as far as that goes without waiting
//   3. as soon as one direction would have to wait, or more is to be moved than a short exchange: the writer's thread
//      starts and goes on where this one has stopped
// A connection that ends before that never has a second thread.

internal import DuplexPosix

/// The writer's direction before it has a thread of its own, served by the reader's.
///
/// Never waits for one of the two sockets alone: neither direction ever waits for the other's.
final class FirstExchange {
    // Used by the reader's thread alone. A writer that is handed over is another owner's from then on.

    /// The most moves of bytes, either way and ends among them, before the writer has its thread.
    static let moveLimit = 8
    /// What one receive from the backend asks for, bytes; a full one is taken for the beginning of more.
    static let batchSize = 16 * 1024

    private let connection: Connection
    private let backend: Socket
    private let engine: EngineCore
    // Asked for with each batch, when it has long been nil. No use of it is inside another.
    @exclusivity(unchecked) private var writer: BackendToClient?
    private var moves = 0
    /// Why the writer's thread could not be started.
    private(set) var failure: String?

    init(_ writer: consuming BackendToClient, on connection: Connection, backend: Socket, engine: EngineCore) {
        self.connection = connection
        self.backend = backend
        self.engine = engine
        self.writer = consume writer
    }

    /// Whether the writer has no thread, and its direction has not ended.
    var isOpen: Bool { writer != nil }

    /// How a wait ended.
    enum Outcome: Equatable {
        /// The client's socket is ready for what was asked for, or has failed.
        case ready(Readiness)
        /// The client has been silent for the length of the patience. The writer has its thread.
        case silent
        /// The writer has its thread, and the client's socket is not known to be ready.
        case handedOver
        /// The writer's direction has ended.
        case writerEnded
        /// The stop signal was given, or the writer has no thread though it needs one. It is to be finished.
        case stopped
    }

    /// Waits until the client's socket is ready, and moves what the backend sends meanwhile.
    ///
    /// - Parameter interest: nothing: only a client that has failed is ready. Then the reader has nothing more to forward, and
    ///   a writer for which there is no thread can run on the reader's.
    func wait(for interest: Readiness) -> Outcome {
        while writer != nil {
            if connection.stop.isStopped { return .stopped }
            if moves >= Self.moveLimit { return handOver(orEnd: !interest.isEmpty) ? .handedOver : .stopped }
            let outcome = Wait.until(
                connection.client,
                is: interest,
                or: (backend, .readable),
                stop: nil,
                deadline: .now.advanced(by: EngineLimits.patience)
            )
            // The stop signal is looked at above: a wait is no longer than the patience.
            guard case .ready(let clientState, let backendState) = outcome else {
                return handOver(orEnd: !interest.isEmpty) ? .silent : .stopped
            }
            if !backendState.isEmpty, !moveFromBackend() { return .writerEnded }
            if !clientState.isEmpty {
                moves += 1
                return .ready(clientState)
            }
        }
        return .writerEnded
    }

    /// Returns whether the writer's direction goes on.
    private func moveFromBackend() -> Bool {
        switch writer?.step(upTo: Self.batchSize, until: .now) {
        case .moved(let count):
            moves = count < Self.batchSize ? moves + 1 : Self.moveLimit
        case .unsent: moves = Self.moveLimit
        case .endOfStream:
            guard connection.client.isWritable else {
                moves = Self.moveLimit
                break
            }
            writer?.backendEnded()
            end()
        case .ended: end()
        case .idle: moves += 1
        case nil: break
        }
        return writer != nil
    }

    private func end() {
        writer = nil
        connection.writerDone()
    }

    /// Starts the writer's thread, unless it runs.
    ///
    /// - Parameter isFatal: that the connection fails when there is no thread.
    /// - Returns: false when there is none.
    func handOver(orEnd isFatal: Bool = true) -> Bool {
        guard let writer = writer.take() else { return true }
        let box = HandOver(writer)
        let connection = connection
        do {
            try engine.movers.run(name: "wr-\(connection.id)") {
                box.take().run()
                connection.writerDone()
            }
            return true
        } catch {
            self.writer = box.take()
            if isFatal {
                failure = "\(error)"
                _ = connection.handle(.sessionFailed(.noResources))
            }
            return false
        }
    }

    /// Runs the writer to its end on this thread, unless it has one: after the reader's, there is nothing else to do.
    func finish() {
        guard let writer = writer.take() else { return }
        writer.run()
        connection.writerDone()
    }
}
