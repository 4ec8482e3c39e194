internal import DuplexLock
internal import DuplexPosix
internal import DuplexTLS

/// Sends bytes through the running proxy with our own TLS client, and prints what it found, a line a check.
struct SelfCheck {
    private let address: SocketAddress
    private let identity: TLSIdentity
    private let expectsEmbeddedBackend: Bool

    /// Plaintext each way in the echo check, bytes.
    private static let echoSize = 4 * 1024 * 1024
    /// What one write is given, bytes: not a multiple of a record.
    private static let pieceSize = 50_000
    /// The most bytes of an HTTP answer.
    private static let responseLimit = 64 * 1024

    /// - Parameter expectsEmbeddedBackend: whether echo and HTTP can be checked, or only handshakes.
    init(address: SocketAddress, identity: TLSIdentity, expectsEmbeddedBackend: Bool) {
        self.address = address
        self.identity = identity
        self.expectsEmbeddedBackend = expectsEmbeddedBackend
    }

    /// - Throws: the first failure.
    func run() throws {
        defer { TLSLibrary.releaseThreadCaches() }
        for policy in [TLSPolicy.modern, .tls12Only] {
            try check {
                let client = try connect(policy)
                guard let info = client.info else { throw SelfCheckFailure("the handshake left nothing") }
                if expectsEmbeddedBackend { try echo(client) } else { try client.close() }
                let what = expectsEmbeddedBackend ? Self.echoWords : "handshake"
                return "\(info.version), \(info.suite): certificate verified, \(what)"
            }
        }
        guard expectsEmbeddedBackend else { return }
        try check { "HTTP: GET / answered with 200 and \(try request()) bytes" }
    }

    private static var echoWords: String {
        "\(echoSize >> 20) MiB each way at once by two threads, half-close, close_notify, FIN"
    }

    private func check(_ body: () throws -> String) throws {
        let begin = MonotonicTime.now
        let text = try body()
        Operator.show("✓ \(text) (\(MonotonicTime.now.since(begin).wholeNanoseconds / 1_000_000) ms)")
    }

    private func connect(_ policy: TLSPolicy) throws -> SelfCheckClient {
        // The certificate is its own anchor: nothing but it is trusted.
        let settings = ClientSettings(trust: .anchors(identity.certificateChain), policy: policy)
        return try SelfCheckClient(address: address, context: TLSContext(client: settings))
    }

    // MARK: Echo

    /// Writes from one thread and reads in another, at the same time; then ends our stream and expects the rest of the
    /// server's, and its clean end.
    private func echo(_ client: SelfCheckClient) throws {
        let failure = FirstFailure()
        let writer = try Thread(name: "check-writer", stackSize: 512 * 1024) {
            do {
                try Self.writePattern(to: client)
            } catch {
                failure.note(error)
            }
            TLSLibrary.releaseThreadCaches()
        }
        do {
            try Self.readPattern(from: client)
        } catch {
            failure.note(error)
        }
        writer.join()
        if let error = failure.first { throw error }
        guard try client.isAtEnd() else { throw SelfCheckFailure("bytes came after close_notify") }
    }

    private static func writePattern(to client: SelfCheckClient) throws {
        var offset = 0
        while offset < echoSize {
            let size = min(pieceSize, echoSize - offset)
            try client.write((offset..<(offset + size)).map(pattern))
            offset += size
        }
        try client.close()
    }

    private static func readPattern(from client: SelfCheckClient) throws {
        try withUnsafeTemporaryAllocation(byteCount: RecordLayer.plaintextLimit, alignment: 16) { buffer in
            var offset = 0
            while case .bytes(let count) = try client.read(into: buffer) {
                guard zip(buffer[..<count], offset...).allSatisfy({ $0 == pattern($1) }) else {
                    throw SelfCheckFailure("what came back differs after byte \(offset)")
                }
                offset += count
            }
            guard offset == echoSize else { throw SelfCheckFailure("\(offset) bytes of \(echoSize) came back") }
        }
    }

    /// The byte at a place of the stream: repeats only after a prime number of bytes, so that a lost or repeated record
    /// cannot go unseen.
    private static func pattern(_ offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: offset % 65_521 &* 31 &+ 128) }

    // MARK: HTTP

    /// Asks for a page. Returns the size of the answer's body.
    private func request() throws -> Int {
        let client = try connect(.intermediate)
        try client.write(Array("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".utf8))
        var answer: [UInt8] = []
        try withUnsafeTemporaryAllocation(byteCount: RecordLayer.plaintextLimit, alignment: 16) { buffer in
            while case .bytes(let count) = try client.read(into: buffer) {
                answer += buffer[..<count]
                guard answer.count <= Self.responseLimit else { throw SelfCheckFailure("the page does not end") }
            }
        }
        try client.close()
        let expected = HTTPResponse.page.bytes(isPersistent: false, hasBody: true)
        guard answer == expected else { throw SelfCheckFailure("the page differs from what the backend sent") }
        return HTTPResponse.page.body.utf8.count
    }
}
