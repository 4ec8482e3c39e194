import DuplexTLS
import TestSupport
import Testing

@Suite struct HandshakeTests {
    @Test(arguments: PolicyChoice.allCases, TestIdentity.Kind.allCases)
    func `a handshake driven by the reader halves agrees on what the policy puts first`(
        choice: PolicyChoice,
        kind: TestIdentity.Kind
    ) throws {
        let pair = try TLSPair(client: choice.policy, server: choice.policy, kind: kind)
        try pair.completeHandshake()
        let version: TLSVersion = choice == .tls12Only ? .tls12 : .tls13
        let suite: UInt16 = choice != .tls12Only ? 0x1301 : kind == .rsa ? 0xC02F : 0xC02B
        for end in [pair.client, pair.server] {
            let info = try #require(end.session.info)
            #expect(info.version == version)
            #expect(info.suite == CipherSuite(rawValue: suite))
            #expect(info.applicationProtocol == nil)
            #expect(!info.isResumed)
            #expect(end.session.failure == nil)
        }
        try expectEcho(pair)
    }

    @Test(arguments: Version.allCases)
    func `a client whose writer half begins puts its ClientHello out without input`(version: Version) throws {
        let pair = try TLSPair(client: version.policy, server: .intermediate)
        let first = try pair.client.writerHandshake()
        #expect(first.consumed == 0 && !first.isComplete && first.needsInput && first.hasOutput)
        pair.exchange()
        #expect(pair.server.inbound.first == 22)
        try pair.completeHandshake()
        #expect(pair.server.session.info?.version == version.number)
    }

    @Test(arguments: Version.allCases)
    func `a step tells whether another one has a whole record to take`(version: Version) throws {
        let pair = try TLSPair(client: version.policy, server: version.policy)
        _ = try pair.client.readerHandshake()
        let hello = pair.client.takeOutput()
        pair.server.inbound = Array(hello.dropLast())
        #expect(try pair.server.readerHandshake().needsInput)
        pair.server.inbound = hello
        #expect(try pair.server.readerHandshake().needsInput)

        // TLS 1.3: ServerHello, ChangeCipherSpec and what is encrypted; TLS 1.2: one record for each message.
        pair.client.inbound = pair.server.takeOutput()
        let counts = WireRecord.split(pair.client.inbound).count
        #expect(counts > 2)
        for number in 1...counts {
            let progress = try pair.client.readerHandshake()
            #expect(progress.consumed > 0)
            #expect(progress.needsInput == (number == counts && !progress.isComplete))
        }
    }

    @Test(arguments: Version.allCases)
    func `a handshake and data that come one byte at a time are taken`(version: Version) throws {
        let pair = try TLSPair(client: version.policy, server: version.policy)
        func trickle(_ ciphertext: [UInt8], to end: TLSEnd) throws {
            for byte in ciphertext {
                end.inbound.append(byte)
                _ = try end.readerHandshake()
            }
        }
        _ = try pair.client.readerHandshake()
        while pair.client.session.info == nil || pair.server.session.info == nil {
            try trickle(pair.client.takeOutput(), to: pair.server)
            try trickle(pair.server.takeOutput(), to: pair.client)
        }
        try trickle(pair.client.takeOutput(), to: pair.server)
        #expect(pair.client.inbound.isEmpty && pair.server.inbound.isEmpty)

        let sent = Array("one byte a segment".utf8)
        try pair.client.write(sent)
        var received: [UInt8] = []
        for byte in pair.client.takeOutput() {
            pair.server.inbound.append(byte)
            received += try pair.server.drain().bytes
        }
        #expect(received == sent)
    }

    @Test func `data behind the client's Finished in the same buffer is not lost`() throws {
        let pair = try TLSPair(client: .modern, server: .modern)
        while pair.client.session.info == nil {
            _ = try pair.client.readerHandshake()
            // Once complete, the client's Finished waits in its queue and the data joins it there.
            if pair.client.session.info == nil { pair.exchange() }
            if try pair.server.readerHandshake().isComplete { break }
        }
        let sent = Array("early".utf8)
        try pair.client.write(sent)
        pair.server.inbound += pair.client.takeOutput()
        while try !pair.server.readerHandshake().isComplete {}
        #expect(!pair.server.inbound.isEmpty)
        #expect(try pair.server.drain().bytes == sent)
    }

    @Test func `data behind the server's Finished in the same buffer is not lost under TLS 1.2`() throws {
        let pair = try TLSPair(client: .tls12Only, server: .tls12Only)
        while pair.server.session.info == nil {
            _ = try pair.client.readerHandshake()
            pair.exchange()
            while !pair.server.inbound.isEmpty, try !pair.server.readerHandshake().isComplete {}
        }
        let sent = Array("early".utf8)
        try pair.server.write(sent)
        pair.exchange()
        while try !pair.client.readerHandshake().isComplete {}
        #expect(!pair.client.inbound.isEmpty)
        #expect(try pair.client.drain().bytes == sent)
    }

    @Test func `each half is given out once`() throws {
        let context = try TLSContext(client: ClientSettings(trust: .anyone))
        let session = try DuplexSession(context: context)
        #expect((session.takeReader() != nil) == true)
        #expect((session.takeWriter() != nil) == true)
        #expect((session.takeReader() == nil) == true)
        #expect((session.takeWriter() == nil) == true)
    }

    @Test func `a write before the handshake is complete is misuse and does no harm`() throws {
        let pair = try TLSPair(client: .intermediate, server: .intermediate)
        let error = #expect(throws: TLSError.self) { try pair.client.write([1]) }
        #expect(error?.category == .misuse)
        pair.client.close()
        #expect(pair.client.takeOutput() == [])
        try pair.completeHandshake()
        try expectEcho(pair)
    }

    @Test func `a handshake step after the end takes nothing`() throws {
        let pair = try TLSPair.connected()
        try pair.client.write([1, 2, 3])
        pair.exchange()
        let before = pair.server.inbound
        let progress = try pair.server.readerHandshake()
        #expect(progress.consumed == 0 && progress.isComplete && !progress.needsInput && !progress.hasOutput)
        #expect(pair.server.inbound == before)
    }

    @Test(arguments: Version.allCases)
    func `a chain that nobody trusted signed is refused, and the server learns why`(version: Version) throws {
        let stranger = try TLSContext(
            client: ClientSettings(trust: .anchors(TestChain.of(.rsa).root), policy: version.policy)
        )
        let pair = TLSPair(client: try TLSEnd(stranger, serverName: "localhost"), of: try server(version))
        let failures = pair.failHandshake()
        #expect(failures.client?.category == .handshake)
        #expect(failures.client?.alertSent != nil)
        #expect(failures.server?.category == .alertReceived)
        #expect(failures.server?.alertReceived == failures.client?.alertSent)
        #expect(pair.client.session.info == nil)
    }

    @Test(arguments: Version.allCases)
    func `a server that leaves its intermediate out is refused`(version: Version) throws {
        let chain = TestChain.of(.ecdsa)
        let settings = ServerSettings(identity: chain.leafOnly, policy: version.policy)
        let pair = TLSPair(
            client: try client(version, name: "localhost"),
            of: try TLSEnd(TLSContext(server: settings))
        )
        #expect(pair.failHandshake().client?.category == .handshake)
    }

    @Test(arguments: ["localhost", "a.example.org"])
    func `a certificate for the name asked for is accepted`(name: String) throws {
        let pair = TLSPair(client: try client(.tls13, name: name), of: try server(.tls13))
        try pair.completeHandshake()
    }

    @Test(arguments: ["example.org", "localhost.example", "a.b.example.org", "127.0.0.1"], Version.allCases)
    func `a certificate for another name is refused`(name: String, version: Version) throws {
        let pair = TLSPair(client: try client(version, name: name), of: try server(version))
        #expect(pair.failHandshake().client?.category == .handshake)
    }

    @Test(arguments: [
        Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8), [UInt8](repeating: 0, count: 64),
        [UInt8](repeating: 255, count: 20_000), [22, 3, 1, 0, 4, 1, 0, 0, 0], [22, 3, 1, 255, 255] + [1],
        [23, 3, 3, 0, 1, 0], [20, 3, 3, 0, 1, 1],
    ])
    func `noise in place of a ClientHello fails the handshake and stays failed`(noise: [UInt8]) throws {
        let end = try server(.tls13)
        end.inbound = noise
        // A record that the library takes and waits behind is followed by the end of the input.
        for _ in 0..<4 where end.session.failure == nil { _ = try? end.readerHandshake() }
        let output = end.takeOutput()
        #expect(output.isEmpty || output.first == 21)
        #expect(end.session.info == nil)
        if let failure = end.session.failure {
            #expect(throws: failure) { try end.readerHandshake() }
            #expect(throws: failure) { try end.writerHandshake() }
        }
    }

    @Test func `a fatal alert in place of a ServerHello is named`() throws {
        let end = try client(.tls13, name: "localhost")
        _ = try end.writerHandshake()
        end.inbound = TLSAlert.handshakeFailure.plaintextRecord
        let error = #expect(throws: TLSError.self) { try end.readerHandshake() }
        #expect(error?.category == .alertReceived)
        #expect(error?.alertReceived == .handshakeFailure)
    }

    @Test func `close_notify in place of a ServerHello ends the handshake`() throws {
        let end = try client(.tls13, name: "localhost")
        _ = try end.writerHandshake()
        end.inbound = [21, 3, 3, 0, 2, 1, 0]
        let error = #expect(throws: TLSError.self) { try end.readerHandshake() }
        #expect(error?.category == .handshake)
        #expect(end.session.info == nil)
    }

    private func client(_ version: Version, name: String) throws -> TLSEnd {
        let settings = ClientSettings(trust: .anchors(TestChain.of(.ecdsa).root), policy: version.policy)
        return try TLSEnd(TLSContext(client: settings), serverName: name)
    }

    private func server(_ version: Version) throws -> TLSEnd {
        let settings = ServerSettings(identity: TestChain.of(.ecdsa).identity, policy: version.policy)
        return try TLSEnd(TLSContext(server: settings))
    }

    private func expectEcho(_ pair: TLSPair) throws {
        for role in TLSRole.both {
            let sent = Array("both ways, from the \(role)".utf8)
            try pair.end(role).write(sent)
            pair.exchange()
            #expect(try pair.peer(of: role).drain().bytes == sent)
        }
    }
}

extension TLSPair {
    init(client: TLSEnd, of server: TLSEnd) {
        self.client = client
        self.server = server
    }
}
