import DuplexTLS

/// What the page "Handshake from either thread" says.
@MainActor
func handshakeClaims(_ policy: TLSPolicy) {
    let version = policy.versions.upperBound
    for role in [TLSRole.client, .server] {
        claims.check("\(version): the \(role)'s two halves drive its handshake from two threads") {
            let pair = try Pair(policy)
            let (session, socket) = pair.end(role)
            let (other, otherSocket) = pair.end(role == .client ? .server : .client)
            let peer = Worker { try shakeHands(other, otherSocket) }
            let writing = Worker {
                guard var writer = session.takeWriter() else { return false }
                // Steps at any time, as many as one likes: each takes what there is, and none waits.
                while session.info == nil { try beginHandshake(&writer, socket) }
                return true
            }
            return try shakeHands(session, socket) && writing.join() && peer.join()
        }
    }
    claims.check("\(version): an alert that comes between two steps of the writer is both halves' failure") {
        let pair = try Pair(policy, serverProtocols: ["another"])
        let serving = Worker { [server = pair.server, socket = pair.serverSocket] in
            _ = try? shakeHands(server, socket)
        }
        // A fresh session gives the half out.
        var writer = pair.client.takeWriter()!
        try beginHandshake(&writer, pair.clientSocket)
        _ = try? shakeHands(pair.client, pair.clientSocket)
        _ = try serving.join()
        do throws(TLSError) {
            _ = try writer.handshake()
            return false
        } catch {
            return error.alertReceived == .noApplicationProtocol && error == pair.client.failure
        }
    }
}

/// The reading thread's part.
private func shakeHands(_ session: DuplexSession, _ socket: Connection) throws -> Bool {
    guard var reader = session.takeReader() else { return false }
    var inbox = Inbox()
    try finishHandshake(&reader, &inbox, socket)
    return session.info != nil
}
