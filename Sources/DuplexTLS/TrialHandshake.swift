/// A handshake in memory between a server context and a client of our own.
///
/// It proves that the private key signs what the certificate's public key verifies: wolfSSL 5.5.4 itself compares an
/// ECDSA pair only in builds with WOLFSSL_VALIDATE_ECC_IMPORT, and Debian's accepts any key of the right curve.
enum TrialHandshake {
    /// Steps of each side; a TLS 1.3 handshake takes three.
    private static let stepLimit = 64

    /// - Throws: ``TLSError`` of the side that failed.
    /// - Thread: any; leaves no caches behind.
    static func run(_ context: TLSContext) throws(TLSError) {
        defer { TLSLibrary.releaseThreadCaches() }
        let settings = ClientSettings(trust: .anyone, policy: context.policy)
        var client = try End(DuplexSession(context: TLSContext(client: settings)))
        var server = try End(DuplexSession(context: context))
        for _ in 0..<stepLimit where !(client.isComplete && server.isComplete) {
            try client.step(to: &server)
            try server.step(to: &client)
        }
        guard client.isComplete, server.isComplete else {
            throw TLSError(category: .handshake, reason: "a handshake in memory did not come to its end")
        }
    }

    /// One side, and what has arrived there.
    private struct End: ~Copyable {
        private var reader: ReadHalf
        private var received: [UInt8] = []
        private(set) var isComplete = false

        init(_ session: DuplexSession) throws(TLSError) {
            // The reader of a new session is there to be taken.
            guard let reader = session.takeReader() else {
                throw TLSError(category: .misuse, reason: "a new session has no reader")
            }
            self.reader = reader
        }

        /// Takes what has arrived, and hands what comes of it to the other side.
        mutating func step(to other: inout End) throws(TLSError) {
            repeat {
                // Finished messages after the end (session tickets) are of no interest.
                if isComplete { return }
                let progress = try advance()
                received.removeFirst(progress.consumed)
                isComplete = progress.isComplete
                _ = reader.flush { bytes in
                    other.received += bytes
                    return bytes.count
                }
                if progress.consumed == 0 { return }
            } while !received.isEmpty
        }

        private mutating func advance() throws(TLSError) -> HandshakeProgress {
            let input = received
            var outcome = Result<HandshakeProgress, TLSError>.failure(TLSError(category: .misuse, reason: "no step"))
            input.withUnsafeBytes { bytes in
                do throws(TLSError) {
                    outcome = .success(try reader.handshake(bytes))
                } catch {
                    outcome = .failure(error)
                }
            }
            return try outcome.get()
        }
    }
}
