import DuplexTLS
import TestSupport
import Testing

@Suite struct DamageTests {
    /// Where a bit is flipped in a record of 100 bytes of plaintext, counted from its end when negative.
    private static let positions = [5, 6, 12, 13, 14, 20, 50, 90, -40, -17, -16, -15, -2, -1]

    @Test(arguments: Version.allCases, positions)
    func `a flipped bit is bad_record_mac, after everything that was authenticated`(version: Version, place: Int) throws
    {
        let pair = try TLSPair.connected(version)
        let good = [UInt8](repeating: 1, count: 3_000)
        try pair.client.write(good)
        pair.server.inbound = pair.client.takeOutput()
        try pair.client.write([UInt8](repeating: 2, count: 100))
        var damaged = pair.client.takeOutput()
        damaged[place < 0 ? damaged.count + place : place] ^= 1
        pair.server.inbound += damaged

        let drained = try pair.server.drain(limit: 1_000)
        #expect(Digest(drained.bytes) == Digest(good))
        let failure = try #require(drained.failure)
        #expect(failure.category == .protocolViolation)
        #expect(failure.alertSent == .badRecordMAC)
        #expect(failure.alertReceived == nil)
        #expect(failure.code != 0)
        #expect(pair.server.session.failure == failure)

        // The alert is in the queue, encrypted, and the peer reads it by name.
        let output = pair.server.takeOutput()
        #expect(WireRecord.split(output) == [.alert(version)])
        pair.client.inbound = output
        let theirs = try #require(try pair.client.drain().failure)
        #expect(theirs.category == .alertReceived)
        #expect(theirs.alertReceived == .badRecordMAC)
    }

    @Test(arguments: Version.allCases)
    func `a failed session refuses every call with the same error and emits nothing more`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        try pair.client.write([1, 2, 3])
        var damaged = pair.client.takeOutput()
        damaged[damaged.count - 1] ^= 0x80
        pair.server.inbound = damaged
        let failure = try #require(try pair.server.drain().failure)
        _ = pair.server.takeOutput()
        #expect(throws: failure) { try pair.server.read() }
        #expect(throws: failure) { try pair.server.write([1]) }
        #expect(throws: failure) { try pair.server.updateKeys() }
        pair.server.close()
        #expect(pair.server.takeOutput() == [])
    }

    @Test(arguments: Version.allCases, [0, 1, 25, 99, 128, 255] as [UInt8])
    func `a record of an unknown type ends the session`(version: Version, type: UInt8) throws {
        let pair = try TLSPair.connected(version)
        try pair.client.write([1])
        var record = pair.client.takeOutput()
        record[0] = type
        pair.server.inbound = record
        let drained = try pair.server.drain()
        #expect(drained.bytes.isEmpty)
        #expect(drained.failure?.category == .protocolViolation)
    }

    @Test(arguments: Version.allCases)
    func `a record over the largest size ends the session before it has come`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        pair.server.inbound = [23, 3, 3, 0x7F, 0xFF]
        #expect(try pair.server.drain().failure?.category == .protocolViolation)
    }

    @Test(arguments: Version.allCases)
    func `a record that comes twice ends the session, and its bytes are not given out again`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        try pair.client.write([1, 2, 3])
        let record = pair.client.takeOutput()
        pair.server.inbound = record + record
        let drained = try pair.server.drain()
        #expect(drained.bytes == [1, 2, 3])
        #expect(drained.failure?.alertSent == .badRecordMAC)
    }

    @Test(arguments: Version.allCases)
    func `records in another order end the session`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        try pair.client.write([1])
        let first = pair.client.takeOutput()
        try pair.client.write([2])
        pair.server.inbound = pair.client.takeOutput() + first
        let drained = try pair.server.drain()
        #expect(drained.bytes.isEmpty)
        #expect(drained.failure?.alertSent == .badRecordMAC)
    }

    @Test(arguments: Version.allCases)
    func `what the writer put out before the reader failed still goes out, in front of the alert`(version: Version)
        throws
    {
        let pair = try TLSPair.connected(version)
        try pair.server.write(Array("answer".utf8))
        try pair.client.write([1])
        pair.server.inbound = pair.client.takeOutput()
        pair.server.inbound[pair.server.inbound.count - 1] ^= 1
        #expect(try pair.server.drain().failure != nil)
        pair.client.inbound = pair.server.takeOutput()
        let drained = try pair.client.drain()
        #expect(drained.bytes == Array("answer".utf8))
        #expect(drained.failure?.alertReceived == .badRecordMAC)
    }
}
