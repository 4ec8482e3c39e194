import DuplexTLS
import TestSupport
import Testing

@Suite struct AlertTests {
    /// no_renegotiation, unrecognized_name, handshake_failure, internal_error, and one that the registry does not list.
    private static let errorAlerts = [100, 112, 40, 80, 200].map { TLSAlert(rawValue: $0) }

    @Test(arguments: errorAlerts)
    func `a TLS 1.3 alert at level warning is fatal`(alert: TLSAlert) throws {
        let failure = try #require(try received(level: 1, alert, .tls13).failure)
        #expect(failure.category == .alertReceived)
        #expect(failure.alertReceived == alert)
    }

    @Test func `a TLS 1.3 user_canceled is not fatal, and says nothing about the stream's end`() throws {
        let drained = try received(level: 1, .userCanceled, .tls13)
        #expect(drained.bytes == Array("before".utf8))
        #expect(drained.failure == nil)
        #expect(!drained.isClosed)
    }

    @Test(arguments: Version.allCases, [TLSAlert.handshakeFailure, .badRecordMAC, .internalError, .unexpectedMessage])
    func `a fatal alert ends the session under its name, after what was sent before it`(
        version: Version,
        alert: TLSAlert
    ) throws {
        let drained = try received(level: 2, alert, version)
        #expect(drained.bytes == Array("before".utf8))
        #expect(drained.failure?.category == .alertReceived)
        #expect(drained.failure?.alertReceived == alert)
        #expect(drained.failure?.alertSent == nil)
    }

    @Test func `a TLS 1.2 warning other than close_notify is not fatal`() throws {
        let drained = try received(level: 1, TLSAlert(rawValue: 100), .tls12)
        #expect(drained.failure == nil)
        #expect(!drained.isClosed)
    }

    @Test func `an alert's name is the registry's, and a number without one is given as it is`() {
        #expect(TLSAlert.closeNotify.description == "close_notify")
        #expect(TLSAlert.badRecordMAC.description == "bad_record_mac")
        #expect(TLSAlert(rawValue: 200).description == "alert_200")
    }

    @Test func `an alert's plaintext record is seven bytes at level fatal`() {
        #expect(TLSAlert.protocolVersion.plaintextRecord == [21, 3, 1, 0, 2, 2, 70])
    }

    /// What the server makes of the client's data and the alert behind it.
    private func received(level: UInt8, _ alert: TLSAlert, _ version: Version) throws -> TLSEnd.Drained {
        let pair = try TLSPair.connected(version, clientDevice: RecordForge.device.get())
        try pair.client.write(Array("before".utf8))
        RecordForge.sendAlert(level: level, alert, from: pair.client)
        pair.exchange()
        return try pair.server.drain()
    }
}
