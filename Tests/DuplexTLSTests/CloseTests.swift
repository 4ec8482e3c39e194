import DuplexTLS
import TestSupport
import Testing

@Suite struct CloseTests {
    @Test(arguments: Version.allCases, TLSRole.both)
    func `after the peer's close_notify writes go on and arrive`(version: Version, role: TLSRole) throws {
        let pair = try TLSPair.connected(version)
        let (closing, other) = (pair.end(role), pair.peer(of: role))
        try closing.write(Array("last words".utf8))
        closing.close()
        pair.exchange()
        let drained = try other.drain()
        #expect(drained.bytes == Array("last words".utf8))
        #expect(drained.isClosed)
        for size in [1, 20_000] {
            let sent = [UInt8](repeating: 5, count: size)
            try other.write(sent)
            pair.exchange()
            #expect(try Digest(closing.drain().bytes) == Digest(sent))
        }
        other.close()
        pair.exchange()
        #expect(try closing.drain().isClosed)
        #expect(closing.session.failure == nil && other.session.failure == nil)
    }

    @Test(arguments: Version.allCases, TLSRole.both)
    func `a write after our own close_notify is misuse and emits nothing`(version: Version, role: TLSRole) throws {
        let pair = try TLSPair.connected(version)
        let end = pair.end(role)
        end.close()
        _ = end.takeOutput()
        let error = #expect(throws: TLSError.self) { try end.write([1]) }
        #expect(error?.category == .misuse)
        #expect(throws: TLSError.self) { try end.updateKeys() }
        #expect(end.takeOutput() == [])
        #expect(end.session.failure == nil)
        try pair.peer(of: role).write([1, 2, 3])
        pair.exchange()
        #expect(try end.drain().bytes == [1, 2, 3])
    }

    @Test(arguments: Version.allCases, TLSRole.both)
    func `close_notify goes out once, however often and whenever close is called`(version: Version, role: TLSRole)
        throws
    {
        let pair = try TLSPair.connected(version)
        let (end, other) = (pair.end(role), pair.peer(of: role))
        end.close()
        end.close()
        var wire = end.takeOutput()
        end.close()
        wire += end.takeOutput()
        other.inbound = wire
        other.close()
        #expect(try other.drain().isClosed)
        end.inbound = other.takeOutput()
        #expect(try end.drain().isClosed)
        // Both directions have ended: the library would start a new handshake if it were called now.
        end.close()
        other.close()
        wire += end.takeOutput()
        #expect(other.takeOutput() == [])
        #expect(WireRecord.split(wire) == [.alert(version)])
    }

    @Test(arguments: Version.allCases)
    func `after both ends have closed reads say closed and writes are refused`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        pair.client.close()
        pair.server.close()
        pair.exchange()
        for end in [pair.client, pair.server] {
            #expect(try end.drain().isClosed)
            end.inbound = [23, 3, 3, 0, 1, 0]
            let (bytes, progress) = try end.read()
            #expect(bytes.isEmpty && progress.state == .closed && progress.consumed == 6)
            #expect(throws: TLSError.self) { try end.write([1]) }
            #expect(end.takeOutput() == [])
        }
    }

    @Test(arguments: Version.allCases)
    func `what follows the peer's close_notify is discarded`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        pair.client.close()
        pair.exchange()
        pair.server.inbound += [1, 2, 3, 4]
        #expect(try pair.server.drain().isClosed)
        #expect(try pair.server.drain().isClosed)
        #expect(pair.server.inbound.isEmpty)
        #expect(pair.server.session.failure == nil)
    }

    @Test func `after our close_notify a peer's KeyUpdate is taken without an answer`() throws {
        let pair = try TLSPair.connected(.tls13)
        pair.server.close()
        pair.exchange()
        try pair.client.updateKeys()
        try pair.client.write(Array("under new keys".utf8))
        pair.server.inbound += pair.client.takeOutput()
        #expect(try pair.server.drain().bytes == Array("under new keys".utf8))
        #expect(pair.server.takeOutput() == [], "close_notify is the last record (RFC 8446 §6.1)")
    }

    @Test(arguments: Version.allCases)
    func `a close during a transfer lets everything written before it through`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        var random = SeededGenerator(seed: 5)
        let sent = random.bytes(200_000)
        try pair.client.write(sent)
        pair.client.close()
        pair.exchange()
        let drained = try pair.server.drain(limit: 1_000)
        #expect(Digest(drained.bytes) == Digest(sent))
        #expect(drained.isClosed)
    }

    @Test(arguments: Version.allCases)
    func `a stream that is cut off delivers what was whole and does not say closed`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        try pair.client.write(Array("authenticated".utf8))
        let whole = pair.client.takeOutput()
        try pair.client.write(Array("cut".utf8))
        pair.client.close()
        let rest = pair.client.takeOutput()
        let firstRest = 5 + WireRecord.split(rest)[0].length
        for count in [0, 1, 4, 5, firstRest - 1] {
            let pair = pair
            if count == 0 { pair.server.inbound = whole } else { pair.server.inbound = Array(rest.prefix(count)) }
            let drained = try pair.server.drain()
            #expect(drained.bytes == (count == 0 ? Array("authenticated".utf8) : []))
            #expect(!drained.isClosed && drained.failure == nil)
        }
    }
}
