internal import DuplexPosix
internal import DuplexTLS
internal import HardwareCrypto
internal import ProxyEngine
internal import TestSupport

/// One connection through an engine on 127.0.0.1, full in both directions from its first byte to its last.
///
/// The backend ends its stream only when the client's has ended, so that no answer to a KeyUpdate is left out because
/// it would follow the server's close_notify.
struct Load {
    /// Bytes each way.
    let size: Int
    /// Records between two KeyUpdates of a client.
    static let recordsBetween = 4
    /// Enough for a hundred KeyUpdates, bytes.
    static let leastSize = 100 * recordsBetween * RecordLayer.plaintextLimit
    private static let chunk = 64 * 1024

    /// What the backend did and saw.
    private struct BackendView: Sendable {
        var sent: StreamDigest.Value
        var received: StreamDigest.Value
        var isWhole: Bool
    }

    /// Where cryptography runs, once a process.
    static let device: Result<CryptoDevice?, any Error> = Result {
        try TLSLibrary.initialise()
        return HardwareCrypto.register().deviceID.map { CryptoDevice(id: $0) }
    }

    func play(_ client: any LoadClient, _ findings: inout Findings) throws {
        let view = Arrival<BackendView>()
        let backend = TestBackend { socket in
            socket.setPatience(.seconds(30))
            view.leave(serve(socket))
        }
        let proxy = TestProxy(backend: backend.address, policy: .modern, device: try Self.device.get())
        let start = MonotonicTime.now
        guard let seen = try client.run(proxy.address, size: size) else {
            return findings.note(false, "\(client.name): it reaches the end of its conversation")
        }
        let duration = MonotonicTime.now.since(start)
        let served = view.wait()
        let report = proxy.nextReport()
        print("\(client.name): \(size) bytes each way in \(duration)")
        findings.note(
            served?.received == seen.sent && seen.sent.count == size,
            "\(client.name): the backend received what the client sent (\(seen.sent))"
        )
        findings.note(
            served?.sent == seen.received && seen.received.count == size,
            "\(client.name): the client received what the backend sent (\(seen.received))"
        )
        findings.note(
            served?.isWhole == true && report?.reason == .finished,
            "\(client.name): both streams end cleanly (\(report.map { "\($0.reason)" } ?? "no report"))"
        )
        findings.note(
            seen.requests >= size / RecordLayer.plaintextLimit / Self.recordsBetween
                && client.isRight(answers: seen.answers, to: seen.requests),
            "\(client.name): its KeyUpdates are answered (\(seen.requests) sent, \(seen.answers) answers read)"
        )
    }

    /// Plays the backend on one connection.
    private func serve(_ socket: Socket) -> BackendView {
        let writing = Arrival<StreamDigest.Value>()
        let isRead = Arrival<Bool>()
        let thread = try? Thread(name: "backend writer", stackSize: 1 << 20) {
            var stream = SeededStream(seed: 51)
            var digest = StreamDigest()
            while stream.position < size {
                let bytes = stream.next(min(Self.chunk, size - stream.position))
                guard socket.writeAll(bytes) else { break }
                digest.add(bytes)
            }
            writing.leave(digest.value())
            _ = isRead.wait(within: 600)
            socket.finish()
        }
        var digest = StreamDigest()
        let end = socket.readAll { digest.add($0) }
        isRead.open()
        thread?.join()
        let received = digest.value()
        return BackendView(
            sent: writing.wait() ?? StreamDigest.Value(count: 0, hash: ""),
            received: received,
            isWhole: end == .finished
        )
    }
}
