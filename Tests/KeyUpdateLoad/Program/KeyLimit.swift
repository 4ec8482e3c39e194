internal import DuplexTLS
internal import TestSupport

/// A session that writes as many small records as one key may protect, and then what was received or one more small one: a
/// KeyUpdate has to be between them, and nothing may be lost. In memory, without sockets.
struct KeyLimit: ~Copyable {
    /// Records after which the writer changes its key.
    private static let limit = 1 << 24
    /// Records of one byte that are taken to the peer at once.
    private static let batch = 4096
    /// What is received behind them, bytes: two records and a part.
    private static let size = 40_000
    /// Of a KeyUpdate, of a full record and of one with a byte, header included.
    private static let (keyUpdateSize, recordSize) = (27, 5 + RecordLayer.plaintextLimit + 17)
    private static let smallRecordSize = 5 + 1 + 17

    private var reader: ReadHalf
    private var writer: WriteHalf
    private var plaintext = [UInt8](repeating: 0, count: RecordLayer.plaintextLimit)

    private init() throws {
        let chain = TestChain.of(.ecdsa)
        let device = try Load.device.get()
        let client = try DuplexSession(
            context: TLSContext(client: ClientSettings(trust: .anchors(chain.root), policy: .modern, device: device)),
            serverName: "localhost"
        )
        let server = try DuplexSession(
            context: TLSContext(server: ServerSettings(identity: chain.identity, policy: .modern, device: device))
        )
        // The first to ask gets each half, and nobody has asked before.
        var reader = client.takeReader()!
        var serverReader = server.takeReader()!
        var (toServer, toClient): ([UInt8], [UInt8]) = ([], [])
        while server.info == nil || !toClient.isEmpty || !toServer.isEmpty {
            toClient.removeFirst(try toClient.withUnsafeBytes { try reader.handshake($0) }.consumed)
            _ = reader.flush { take($0, to: &toServer) }
            toServer.removeFirst(try toServer.withUnsafeBytes { try serverReader.handshake($0) }.consumed)
            _ = serverReader.flush { take($0, to: &toClient) }
        }
        self.reader = reader
        writer = server.takeWriter()!
    }

    static func play(_ findings: inout Findings) throws {
        var pair = try KeyLimit()
        var received = 0
        for _ in 0..<limit / batch {
            for _ in 0..<batch { _ = try withUnsafeBytes(of: UInt8(7)) { try pair.writer.write($0) } }
            received += try pair.read(pair.output()).count
        }
        var stream = SeededStream(seed: 53)
        let sent = stream.next(size)
        guard let room = pair.writer.room(for: size) else { return findings.note(false, "there is room") }
        var rest = sent[...]
        for piece in room {
            piece.copyBytes(from: rest.prefix(piece.count))
            rest = rest.dropFirst(piece.count)
        }
        try pair.writer.write(received: size)
        var output = pair.output()
        let sizes = records(output)
        findings.note(received == limit, "\(received) records of one byte are read, of \(limit)")
        findings.note(
            sizes.prefix(3) == [keyUpdateSize, recordSize, recordSize],
            "a KeyUpdate goes out before the next record (records of \(sizes) bytes)"
        )
        findings.note(try pair.read(output) == sent, "what was received goes out whole behind it (\(size) bytes)")
        // Three records went out with the new key.
        for _ in 0..<limit - 3 {
            _ = try withUnsafeBytes(of: UInt8(8)) { try pair.writer.write($0) }
            output = pair.output()
            _ = try pair.read(output)
        }
        _ = try withUnsafeBytes(of: UInt8(9)) { try pair.writer.write($0) }
        output = pair.output()
        let last = try pair.read(output)
        findings.note(
            records(output) == [keyUpdateSize, smallRecordSize] && last == [9],
            "a KeyUpdate goes out before the next small record too (records of \(records(output)) bytes)"
        )
    }

    private mutating func output() -> [UInt8] {
        var output: [UInt8] = []
        _ = writer.flush { take($0, to: &output) }
        return output
    }

    private mutating func read(_ ciphertext: [UInt8]) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try ciphertext.withUnsafeBytes { ciphertext in
            var rest = ciphertext
            while !rest.isEmpty {
                let progress = try plaintext.withUnsafeMutableBytes { try reader.read(rest, into: $0) }
                bytes += plaintext.prefix(progress.produced)
                rest = UnsafeRawBufferPointer(rebasing: rest[progress.consumed...])
            }
        }
        return bytes
    }

    /// The sizes of the records, headers included.
    private static func records(_ bytes: [UInt8]) -> [Int] {
        var (sizes, place): ([Int], Int) = ([], 0)
        while place + RecordLayer.headerSize <= bytes.count {
            sizes.append(RecordLayer.headerSize + (Int(bytes[place + 3]) << 8 | Int(bytes[place + 4])))
            place += sizes.last ?? 0
        }
        return sizes
    }
}

private func take(_ bytes: UnsafeRawBufferPointer, to destination: inout [UInt8]) -> Int {
    destination += bytes
    return bytes.count
}
