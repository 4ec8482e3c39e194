internal import DuplexPosix
internal import TestSupport

/// The program made of openssl_client.c: one thread and a socket that does not block.
struct OpenSSLClient: LoadClient {
    let path: String
    /// Each record is filled up to a multiple of so many bytes (RFC 8446 §5.4), KeyUpdates too; 0: none.
    var padding = 0

    var name: String { padding == 0 ? "OpenSSL" : "OpenSSL, records padded to \(padding) bytes" }
    /// How long it may take in all, seconds.
    private static let timeout = 600.0

    func run(_ address: SocketAddress, size: Int) -> ClientView? {
        let result = Command.run(
            path,
            ["\(address.port ?? 0)", "\(size)", "\(Load.recordsBetween)", "\(padding)"],
            timeout: Self.timeout
        )
        let lines = result.output.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        guard result.status == 0, let sent = digest("sent", lines), let received = digest("received", lines),
            let counts = lines.first(where: { $0.first == "keyupdates" }), counts.count == 3,
            let requests = Int(counts[1]), let answers = Int(counts[2])
        else {
            print("\(name): exit status \(result.status): \(result.output)\(result.errors)")
            return nil
        }
        return ClientView(sent: sent, received: received, requests: requests, answers: answers)
    }

    /// Each of its KeyUpdates asks for an answer (RFC 8446 §4.6.3), and each was read before the server's stream ended.
    func isRight(answers: Int, to requests: Int) -> Bool { answers == requests }

    private func digest(_ label: String, _ lines: [[String]]) -> StreamDigest.Value? {
        guard let line = lines.first(where: { $0.first == label }), line.count == 3, let count = Int(line[1]) else {
            return nil
        }
        return StreamDigest.Value(count: count, hash: line[2])
    }
}
