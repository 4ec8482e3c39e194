import DuplexPosix
import DuplexTLS
import TestSupport
import Testing

@Suite("OpenSSL s_server, and DuplexTLS as its client")
struct OpenSSLServerTests {
    private static let tickets = 64

    /// In TLS 1.2 a ticket is a part of the handshake, so this is a matter of TLS 1.3.
    @Test("Tickets that arrive while the client writes leave both directions whole")
    func tickets() throws {
        let server = try ReversingServer(["-tls1_3", "-num_tickets", "\(Self.tickets)"])
        let client = try #require(DuplexClient.connect(server.address, policy: .modern))
        let (sent, expected) = Self.lines(chunkCount: 400)
        let writer = client.writer
        let written = Tally()
        let isSent = Arrival<Bool>()
        let writing = try Thread(name: "client writer", stackSize: 1 << 20) {
            for chunk in sent {
                guard writer.write(chunk) else { break }
                written.add(chunk.count)
            }
            isSent.leave(written.count == expected.count)
        }
        // The tickets stand in front of everything that the server will say; they are read once the writer is at work.
        #expect(Eventually.holds { written.count > 100_000 })
        var received: [UInt8] = []
        var end: TestClient.End?
        while end == nil, received.count < expected.count {
            let (bytes, met) = client.reader.read()
            if received.isEmpty { #expect(!isSent.hasCome, "the writer was done before the first ticket was read") }
            received += bytes
            end = met
        }
        writing.join()
        #expect(isSent.wait() == true)
        #expect(end == nil)
        let isSame = received == expected
        #expect(isSame, "\(received.count) bytes came for \(expected.count)")
        #expect(client.reader.recordsWithoutData.values.reduce(0, +) == Self.tickets)
        writer.close()
        client.socket.close()
    }

    /// Lines of different lengths in chunks, each of which begins with its number, and what the server makes of them.
    private static func lines(chunkCount: Int) -> (chunks: [[UInt8]], reversed: [UInt8]) {
        var random = SystemRandomNumberGenerator()
        var same: [UInt8] = []
        var sameReversed: [UInt8] = []
        for _ in 0..<100 {
            let size = Int.random(in: 0...1_000, using: &random)
            let line = (0..<size).map { _ in UInt8.random(in: 33...126, using: &random) }
            same += line + [10]
            sameReversed += line.reversed() + [10]
        }
        var chunks: [[UInt8]] = []
        var reversed: [UInt8] = []
        for number in 0..<chunkCount {
            chunks.append(Array("\(number)\n".utf8) + same)
            reversed += Array("\(number)".utf8).reversed() + [10] + sameReversed
        }
        return (chunks, reversed)
    }
}

/// `openssl s_server -rev` on a port that it picks: sends each line back, its end first.
private struct ReversingServer {
    let address: SocketAddress
    private let child: Child
    private let folder = TemporaryFolder()

    init(_ arguments: [String]) throws {
        let identity = try CertificateChain.of(.ecdsa).identity
        folder.write("certificate", identity.certificateChain)
        folder.write("key", identity.privateKey)
        child = try Child(
            server: Program("openssl"),
            ["s_server", "-accept", "127.0.0.1:0", "-rev", "-naccept", "1"]
                + ["-cert", folder.path("certificate"), "-key", folder.path("key")] + arguments
        )
        // What follows the address is the end of its line, so the number is whole.
        let child = child
        guard Eventually.holds(within: 20, { child.port != nil || !child.isRunning }), let port = child.port,
            let address = SocketAddress(ip: "127.0.0.1", port: port)
        else { throw Child.Failure(program: "openssl s_server", log: child.log) }
        self.address = address
    }
}

extension Child {
    /// The number in the line that says where it listens.
    fileprivate var port: UInt16? {
        log.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            .first { $0.hasPrefix("ACCEPT 127.0.0.1:") }
            .flatMap { UInt16($0.dropFirst("ACCEPT 127.0.0.1:".count)) }
    }
}
