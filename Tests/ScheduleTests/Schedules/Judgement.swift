internal import DuplexTLS

/// Whether what came out is what went in, with the right kind of end.
struct Judgement {
    let client: Station
    let server: Station
    let version: TLSVersion
    let contexts: Contexts

    /// What was wrong, or nil.
    var flaw: String? {
        client.flaw ?? server.flaw
            ?? flaw(from: client, to: server, handshakeRecords: contexts.clientRecords)
            ?? flaw(from: server, to: client, handshakeRecords: contexts.serverRecords)
    }

    private func flaw(from sender: Station, to receiver: Station, handshakeRecords: Int) -> String? {
        if let failure = sender.session.failure {
            return "\(sender.role): the session failed: \(failure)"
        }
        let log = sender.log(version, handshakeRecords: handshakeRecords)
        return wireFlaw(sender, log, answers: receiver.keyUpdates)
            ?? deliveryFlaw(log, sender, receiver)
    }

    /// What is wrong with what stands on the wire.
    private func wireFlaw(_ sender: Station, _ log: WireLog, answers: Int) -> String? {
        let name = "\(sender.role)'s wire"
        let isWhole = !sender.outbound.isReset && sender.isConnected
        if !sender.sizes.starts(with: log.dataSizes) {
            return "\(name): records of \(log.dataSizes), written were \(sender.sizes)"
        }
        if isWhole, log.dataSizes.count < sender.sizes.count {
            return "\(name): \(log.dataSizes.count) records, written were \(sender.sizes.count)"
        }
        let alerts = log.count(of: .alert)
        if alerts > 1 || (isWhole && alerts == 0) { return "\(name): \(alerts) times close_notify" }
        if alerts == 1, log.records.last?.content != .alert || log.remainder > 0 {
            return "\(name): something behind close_notify"
        }
        if alerts == 1, !sender.isClosed { return "\(name): close_notify without a close" }
        if isWhole, log.remainder > 0 { return "\(name): ends with \(log.remainder) bytes of a record" }
        let keyUpdates = log.count(of: .keyUpdate)
        if keyUpdates > sender.keyUpdates + answers { return "\(name): \(keyUpdates) KeyUpdates" }
        if isWhole, keyUpdates < sender.keyUpdates { return "\(name): only \(keyUpdates) KeyUpdates" }
        return nil
    }

    /// What is wrong with what the receiver got of it.
    private func deliveryFlaw(_ log: WireLog, _ sender: Station, _ receiver: Station) -> String? {
        let name = "\(receiver.role) reader"
        let arrived = receiver.inbound.arrived
        let due = log.data(within: arrived)
        if receiver.received != due {
            return
                "\(name): \(receiver.received) bytes of plaintext, \(due) arrived, \(sender.written) were written"
        }
        let isCloseNotifyArrived = log.alertEnd.map { $0 <= arrived } ?? false
        let isRead = receiver.streamState == .closed
        if isRead != isCloseNotifyArrived {
            return
                "\(name): stream is \(receiver.streamState), close_notify \(isRead ? "did not arrive" : "arrived")"
        }
        return nil
    }
}
