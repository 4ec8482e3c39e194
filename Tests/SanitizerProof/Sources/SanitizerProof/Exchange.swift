import DuplexTLS
import Glibc

/// The two ends of a connection in memory, and what they exchange.
final class Exchange {
    private static let recordSize = 4_096
    private var clientReader: ReadHalf
    private var clientWriter: WriteHalf
    private let reading: Reading
    private let writing: Writing

    struct HalfTaken: Error {}

    init(client: DuplexSession, server: DuplexSession) throws {
        guard let clientReader = client.takeReader(), let clientWriter = client.takeWriter(),
            let serverReader = server.takeReader(), let serverWriter = server.takeWriter()
        else { throw HalfTaken() }
        self.clientReader = clientReader
        self.clientWriter = clientWriter
        reading = Reading(serverReader)
        writing = Writing(serverWriter)
    }

    /// Returns whether both threads moved all their bytes.
    func run(records: Int) throws -> Bool {
        try completeHandshake()
        let plaintext = [UInt8](repeating: 1, count: Self.recordSize)
        for _ in 0..<records { _ = try plaintext.withUnsafeBytes { try clientWriter.write($0) } }
        reading.ciphertext += takeClientOutput()
        writing.records = records

        // The handshake and the threads' start are in order; from here on only the session's lock orders the two.
        let reader = start(reading)
        let writer = start(writing)
        pthread_join(reader, nil)
        pthread_join(writer, nil)
        return reading.count == records * Self.recordSize && writing.count == records * Self.recordSize
    }

    private func completeHandshake() throws {
        var toClient: [UInt8] = []
        var isComplete = false
        while !isComplete {
            let progress = try toClient.withUnsafeBytes { try clientReader.handshake($0) }
            toClient.removeFirst(progress.consumed)
            reading.ciphertext += takeClientOutput()
            isComplete = try reading.handshake() && progress.isComplete
            toClient += writing.takeOutput()
        }
    }

    private func takeClientOutput() -> [UInt8] {
        var output: [UInt8] = []
        _ = clientWriter.flush { bytes in
            output += bytes
            return bytes.count
        }
        return output
    }

    private func start(_ task: ThreadTask) -> pthread_t {
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                if let argument { Unmanaged<ThreadTask>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            },
            Unmanaged.passRetained(task).toOpaque()
        )
        precondition(status == 0, "pthread_create: errno \(status)")
        return thread
    }
}

/// What one thread does.
private class ThreadTask {
    func run() {}
}

/// The server's reading side.
private final class Reading: ThreadTask {
    private var half: ReadHalf
    var ciphertext: [UInt8] = []
    /// Bytes of plaintext that were read.
    private(set) var count = 0

    init(_ half: consuming ReadHalf) { self.half = half }

    /// One step of the handshake. Returns whether it is complete.
    func handshake() throws -> Bool {
        let progress = try ciphertext.withUnsafeBytes { try half.handshake($0) }
        ciphertext.removeFirst(progress.consumed)
        return progress.isComplete
    }

    override func run() {
        var plaintext = [UInt8](repeating: 0, count: RecordLayer.plaintextLimit)
        var at = 0
        while at < ciphertext.count {
            let progress = try? ciphertext.withUnsafeBytes { input in
                try plaintext.withUnsafeMutableBytes { output in
                    try half.read(UnsafeRawBufferPointer(rebasing: input[at...]), into: output)
                }
            }
            guard let progress, progress.consumed > 0 else { return }
            at += progress.consumed
            count += progress.produced
        }
    }
}

/// The server's writing side.
private final class Writing: ThreadTask {
    private var half: WriteHalf
    var records = 0
    /// Bytes of plaintext that were written.
    private(set) var count = 0

    init(_ half: consuming WriteHalf) { self.half = half }

    func takeOutput() -> [UInt8] {
        var output: [UInt8] = []
        _ = half.flush { bytes in
            output += bytes
            return bytes.count
        }
        return output
    }

    override func run() {
        let plaintext = [UInt8](repeating: 2, count: 4_096)
        for _ in 0..<records {
            guard let taken = try? plaintext.withUnsafeBytes({ try half.write($0) }) else { return }
            count += taken
            _ = half.flush { $0.count }
        }
    }
}
