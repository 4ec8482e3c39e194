internal import DuplexPosix
internal import DuplexTLS
internal import TestSupport

/// DuplexTLS in the client role: one thread reads, one writes.
struct OwnClient: LoadClient {
    let name = "DuplexTLS"

    func run(_ address: SocketAddress, size: Int) throws -> ClientView? {
        let device = try Load.device.get()
        guard let client = DuplexClient.connect(address, policy: .modern, device: device) else {
            print("\(name): no handshake")
            return nil
        }
        let (reader, writer) = (client.reader, client.writer)
        let written = Arrival<(sent: StreamDigest.Value, requests: Int)>()
        let thread = try? Thread(name: "client writer", stackSize: 1 << 20) {
            written.leave(Self.write(size, to: writer))
        }
        var digest = StreamDigest()
        var end: TestClient.End?
        while end == nil {
            let (bytes, met) = reader.read()
            digest.add(bytes)
            end = met
        }
        let received = digest.value()
        thread?.join()
        client.socket.close()
        guard end == .closeNotify, let written = written.wait(within: 0) else {
            print("\(name): the server's stream ended: \(String(describing: end)) after \(received)")
            return nil
        }
        return ClientView(
            sent: written.sent,
            received: received,
            requests: written.requests,
            answers: reader.recordsWithoutData[ClientReader.keyUpdateSize, default: 0]
        )
    }

    /// wolfSSL 5.5.4 asks for an answer with a KeyUpdate only when it waits for none: with at least every second one.
    func isRight(answers: Int, to requests: Int) -> Bool { answers * 2 >= requests && answers <= requests }

    /// Writes the stream with a KeyUpdate behind every few records, then close_notify.
    private static func write(_ size: Int, to writer: ClientWriter) -> (StreamDigest.Value, Int) {
        var stream = SeededStream(seed: 52)
        var digest = StreamDigest()
        var requests = 0
        while stream.position < size {
            let limit = Load.recordsBetween * RecordLayer.plaintextLimit
            let bytes = stream.next(min(limit, size - stream.position))
            guard writer.write(bytes) else { break }
            digest.add(bytes)
            if writer.updateKeys() { requests += 1 }
        }
        writer.close()
        return (digest.value(), requests)
    }
}
