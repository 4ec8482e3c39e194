import DuplexTLS

/// What the page "Closing" says.
@MainActor
func closingClaims(_ policy: TLSPolicy) {
    let version = policy.versions.upperBound
    let (question, answer) = (question, answer)

    claims.check("\(version): six steps bring everything across, and both ends know that it is all") {
        let (client, server) = try Pair(policy).run { reader, writer, inbox, socket in
            guard try writeAll(question, &writer, socket), endWriting(&writer, socket) else { throw StreamEnd.reset }
            return try readToEnd(&reader, &inbox, socket)
        } server: { reader, writer, inbox, socket in
            let received = try readToEnd(&reader, &inbox, socket)
            guard try writeAll(answer, &writer, socket), endWriting(&writer, socket) else { throw StreamEnd.reset }
            return received
        }
        return client == Received(plaintext: answer, end: .closeNotify)
            && server == Received(plaintext: question, end: .closeNotify)
    }

    claims.check("\(version): a write takes one record and no more") {
        let (taken, _) = try Pair(policy).run { _, writer, _, _ in
            try question.withUnsafeBytes { try writer.write($0) }
        } server: { _, _, _, _ in
        }
        return taken == RecordLayer.plaintextLimit
    }

    claims.check("\(version): a server that closes over unread data destroys its own answer") {
        let (sent, closed) = (Moment(), Moment())
        let (client, _) = try Pair(policy).run { reader, writer, inbox, socket in
            _ = try writeAll(question, &writer, socket)
            sent.come()
            closed.wait()
            return try readToEnd(&reader, &inbox, socket)
        } server: { _, writer, _, socket in
            // Reads nothing of the question beyond what came along with the handshake; answers, ends its own direction
            // properly, and closes.
            sent.wait()
            let isSent = try writeAll(answer, &writer, socket) && endWriting(&writer, socket)
            socket.closeNow()
            closed.come()
            return isSent
        }
        return client.end == .reset && client.plaintext.count < answer.count
    }

    for role in [TLSRole.client, .server] {
        claims.check("\(version): without the \(role)'s close_notify its peer cannot tell the end from a cut") {
            let (client, server) = try Pair(policy).run { reader, writer, inbox, socket in
                _ = try writeAll(question, &writer, socket)
                if role == .client { socket.endSending() } else { _ = endWriting(&writer, socket) }
                return try readToEnd(&reader, &inbox, socket)
            } server: { reader, writer, inbox, socket in
                let received = try readToEnd(&reader, &inbox, socket)
                _ = try writeAll(answer, &writer, socket)
                if role == .server { socket.endSending() } else { _ = endWriting(&writer, socket) }
                return received
            }
            return server.plaintext == question && server.end == (role == .client ? .fin : .closeNotify)
                && client.plaintext == answer && client.end == (role == .server ? .fin : .closeNotify)
        }
    }

    claims.check("\(version): a write after close is refused, and reading goes on") {
        let (client, _) = try Pair(policy).run { reader, writer, inbox, socket in
            _ = endWriting(&writer, socket)
            do {
                _ = try writeAll(question, &writer, socket)
                return false
            } catch let error as TLSError where error.category == .misuse {
                return try readToEnd(&reader, &inbox, socket).plaintext == answer
            }
        } server: { reader, writer, inbox, socket in
            _ = try readToEnd(&reader, &inbox, socket)
            _ = try writeAll(answer, &writer, socket) && endWriting(&writer, socket)
        }
        return client
    }

    claims.check("\(version): one thread sends while another receives, on one session") {
        let pair = try Pair(policy)
        let serving = Worker { [server = pair.server, socket = pair.serverSocket] in
            try converse(server, over: socket, sending: answer)
        }
        let client = try converse(pair.client, over: pair.clientSocket, sending: question)
        return try client == Received(plaintext: answer, end: .closeNotify)
            && serving.join() == Received(plaintext: question, end: .closeNotify)
    }
}
