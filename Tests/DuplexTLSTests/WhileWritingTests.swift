import DuplexPosix
import DuplexTLS
import TestSupport
import Testing

/// What the reader meets while the writer is in the middle of a send: an alert, a reason for one, the peer's
/// close_notify, a ticket.
@Suite struct WhileWritingTests {
    private static let data = BytePattern(seed: 31).withPiece(at: 0, count: 40_000) { Array($0) }

    @Test(arguments: Version.allCases)
    func `a peer's fatal alert fails the writer's next call, and what it was sending goes out whole`(version: Version)
        throws
    {
        let pair = try TLSPair.connected(version, clientDevice: RecordForge.device.get())
        let server = pair.server
        try server.write(Self.data)
        let send = try HeldSend(server)
        RecordForge.sendAlert(level: 2, .handshakeFailure, from: pair.client)
        server.inbound = pair.client.takeOutput()
        #expect(try server.drain().failure?.alertReceived == .handshakeFailure)
        let wire = send.release()

        let error = #expect(throws: TLSError.self) { try server.write([1]) }
        #expect(error?.category == .alertReceived)
        #expect(error?.alertReceived == .handshakeFailure)
        server.close()
        #expect(server.takeOutput() == [], "nothing is emitted on a session that has failed")
        pair.client.inbound = wire
        let drained = try pair.client.drain()
        #expect(Digest(drained.bytes) == Digest(Self.data))
        #expect(!drained.isClosed)
    }

    @Test(arguments: Version.allCases)
    func `our own alert goes out behind what the writer is sending`(version: Version) throws {
        let pair = try TLSPair.connected(version)
        let server = pair.server
        try server.write(Self.data)
        let send = try HeldSend(server)
        try pair.client.write([1, 2, 3])
        server.inbound = pair.client.takeOutput()
        server.inbound[server.inbound.count - 1] ^= 1
        #expect(try server.drain().failure?.alertSent == .badRecordMAC)
        let left = server.readerFlush { _ in
            Issue.record("the alert overtook the writer's data")
            return 0
        }
        #expect(left == .leftToHolder)
        let wire = send.release()

        #expect(WireRecord.split(wire).last == .alert(version))
        #expect(server.takeOutput() == [])
        pair.client.inbound = wire
        let drained = try pair.client.drain()
        #expect(Digest(drained.bytes) == Digest(Self.data))
        #expect(drained.failure?.alertReceived == .badRecordMAC)
    }

    @Test(arguments: Version.allCases, TLSRole.both)
    func `a close_notify that crosses ours is a clean end for both, and neither is answered`(
        version: Version,
        role: TLSRole
    ) throws {
        let pair = try TLSPair.connected(version)
        let (end, other) = (pair.end(role), pair.peer(of: role))
        try end.write(Self.data)
        end.close()
        let send = try HeldSend(end)
        let reply = Array(Self.data.reversed())
        try other.write(reply)
        other.close()
        end.inbound = other.takeOutput()
        let read = try end.drain()
        #expect(Digest(read.bytes) == Digest(reply))
        #expect(read.isClosed && !read.hasOutput)
        let wire = send.release()

        #expect(WireRecord.split(wire).last == .alert(version))
        other.inbound = wire
        let drained = try other.drain()
        #expect(Digest(drained.bytes) == Digest(Self.data))
        #expect(drained.isClosed && !drained.hasOutput)
        #expect(end.takeOutput() == [] && other.takeOutput() == [])
        #expect(end.session.failure == nil && other.session.failure == nil)
    }

    /// In TLS 1.2 a ticket is a part of the handshake; there is no writer yet.
    @Test func `a ticket that comes while the client writes gives no data, asks for nothing and does no harm`() throws {
        let pair = try TLSPair.connected(.tls13, ticketKeys: TicketKeys())
        let client = pair.client
        // The server's ticket followed its last flight, and nothing has read it.
        #expect(WireRecord.split(client.inbound).count == 1)
        try client.write(Self.data)
        let send = try HeldSend(client)
        let drained = try client.drain()
        #expect(client.inbound.isEmpty)
        #expect(drained.bytes.isEmpty && drained.failure == nil && !drained.isClosed && !drained.hasOutput)
        pair.server.inbound = send.release()

        #expect(try Digest(pair.server.drain().bytes) == Digest(Self.data))
        try client.write([7])
        try pair.server.write([8])
        pair.exchange()
        #expect(try pair.server.drain().bytes == [7])
        #expect(try client.drain().bytes == [8])
    }
}

/// A writer's flush on a thread of its own, stuck in its first send until it is released.
private final class HeldSend {
    private let end: TLSEnd
    private let wire = Wire()
    private let entered = Gate()
    private let released = Gate()
    private let done = Gate()
    private let flushed = Tally()

    /// Returns when the send has begun. Until the release, the writer's half belongs to the thread.
    init(_ end: TLSEnd) throws {
        self.end = end
        let (wire, entered, released, done, flushed) = (wire, entered, released, done, flushed)
        try Thread(name: "writer", stackSize: 1 << 20) {
            let outcome = end.writerFlush { bytes in
                entered.open()
                released.wait()
                wire.take(bytes)
                return bytes.count
            }
            if outcome == .flushed { flushed.add() }
            done.open()
        }.detach()
        #expect(entered.wait(), "the writer had nothing to send")
    }

    /// Lets the send go on. Returns everything that went out until the flush was over.
    func release() -> [UInt8] {
        released.open()
        #expect(done.wait() && flushed.count == 1, "the flush did not end, or left something behind")
        return wire.bytes
    }
}
