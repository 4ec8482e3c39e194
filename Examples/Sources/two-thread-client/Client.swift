import DuplexTLS
import Glibc

/// One conversation with a server, by two threads on one session.
struct Client {
    let options: Options

    /// Dials, shakes hands, and copies both ways until both directions have ended.
    func run() throws(Failure) -> ExitStatus {
        let session: DuplexSession
        do throws(TLSError) {
            let context = try TLSContext(client: ClientSettings(trust: options.trust))
            session = try DuplexSession(context: context, serverName: options.name)
        } catch { throw Failure("TLS: \(error)") }
        let socket = try Socket(host: options.host, port: options.port)
        // The halves are given out once each, so by type there is one reader and one writer.
        guard let reader = session.takeReader() else { throw Failure("the reading half is taken") }

        let isHandshakeComplete = Settled<Bool>()
        let upload = try startUpload(session, socket, isHandshakeComplete)
        var download = Download(reader, from: socket)
        do {
            try download.handshake()
        } catch {
            isHandshakeComplete.settle(false)
            throw error
        }
        report(session.info)
        isHandshakeComplete.settle(true)

        if case .truncated(let reason) = try download.run() {
            say("the answer is cut off: \(reason)")
            return .truncated
        }
        // The server has said all that it had to say; it may still be listening.
        if upload.current == nil { say("the answer is complete; sending goes on to the end of input") }
        if let failure = upload.wait() { throw failure }
        return .clean
    }

    /// Starts the other thread.
    ///
    /// - Returns: settled when the upload has ended: with why it failed, or nil.
    private func startUpload(
        _ session: DuplexSession,
        _ socket: Socket,
        _ isHandshakeComplete: Settled<Bool>
    ) throws(Failure) -> Settled<Failure?> {
        let ended = Settled<Failure?>()
        let body = ThreadBody {
            // Taken here, because a closure that escapes may not give away what it captured.
            guard let writer = session.takeWriter() else { return ended.settle(Failure("the writing half is taken")) }
            var upload = Upload(writer, to: socket, after: isHandshakeComplete)
            do throws(Failure) {
                try upload.run()
                ended.settle(nil)
            } catch {
                ended.settle(error)
            }
        }
        try body.start()
        return ended
    }

    private func report(_ info: SessionInfo?) {
        guard let info else { return }
        let certificate = if case .anyone = options.trust { "not verified" } else { "verified for \(options.name)" }
        say("\(options.host) port \(options.port): \(info.version), \(info.suite), certificate \(certificate)")
    }
}

/// Writes a line for a person.
func say(_ text: String) {
    _ = Array("two-thread-client: \(text)\n".utf8).withUnsafeBytes { Descriptor.standardError.writeAll($0) }
}
