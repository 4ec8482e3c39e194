import DuplexTLS
import TestSupport
import Testing

/// Invariant I8: what is not in a policy is neither offered nor agreed to.
@Suite struct PolicyTests {
    private static let tls13Suites: Set<UInt16> = [0x1301, 0x1302, 0x1303]
    private static let tls12Suites: Set<UInt16> = [0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9]
    /// TLS_EMPTY_RENEGOTIATION_INFO_SCSV: a signal, not a suite (RFC 5746 §3.3).
    private static let signal: UInt16 = 0x00FF

    @Test(arguments: PolicyChoice.allCases)
    func `a client offers the policy's suites and no others`(choice: PolicyChoice) throws {
        let offered = Set(suites(of: try firstFlight(choice.policy))).subtracting([Self.signal])
        switch choice {
        case .modern: #expect(offered == Self.tls13Suites)
        case .intermediate: #expect(offered == Self.tls13Suites.union(Self.tls12Suites))
        case .tls12Only: #expect(offered == Self.tls12Suites)
        }
    }

    @Test(arguments: PolicyChoice.allCases)
    func `a client offers no signature algorithm with SHA-1 or SHA-224`(choice: PolicyChoice) throws {
        let flight = try firstFlight(choice.policy)
        guard case .complete(let hello) = flight.withUnsafeBytes({ ClientHello.parse($0, limit: 16_384) }) else {
            Issue.record("the first flight is a whole hello")
            return
        }
        // Hash and signature before 0x0800: 2 is SHA-1, 3 is SHA-224 (RFC 5246 §7.4.1.4.1).
        #expect(hello.signatureAlgorithms.allSatisfy { $0 >> 8 >= 4 })
        #expect(!hello.signatureAlgorithms.isEmpty)
    }

    @Test(
        arguments: TestIdentity.Kind.allCases,
        [
            0x0000, 0x0004, 0x0005, 0x000A, 0x0016, 0x002F, 0x0033, 0x0034, 0x0035, 0x003B, 0x003C, 0x006D, 0x009C,
            0x009D,
            0x009E, 0x00A6, 0xC006, 0xC007, 0xC008, 0xC009, 0xC00A, 0xC010, 0xC011, 0xC012, 0xC013, 0xC014, 0xC023,
            0xC027,
            0xC09C, 0xC0AC,
        ] as [UInt16]
    )
    func `a server refuses a client that offers only a suite outside the policy`(
        kind: TestIdentity.Kind,
        suite: UInt16
    ) throws {
        var flight = try firstFlight(.tls12Only)
        let range = suitesRange(of: flight)
        for at in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
            flight[at] = UInt8(suite >> 8)
            flight[at + 1] = UInt8(suite & 255)
        }
        for policy in [TLSPolicy.intermediate, .tls12Only, .modern] {
            let failure = try refusal(of: flight, by: policy, kind)
            #expect(failure?.category == .handshake)
        }
    }

    @Test(arguments: [0x0300, 0x0301, 0x0302] as [UInt16], PolicyChoice.allCases)
    func `a server refuses a version under TLS 1.2`(version: UInt16, choice: PolicyChoice) throws {
        var flight = try firstFlight(.tls12Only)
        // The version stands behind the record's header and the message's.
        flight[9] = UInt8(version >> 8)
        flight[10] = UInt8(version & 255)
        #expect(try refusal(of: flight, by: choice.policy, .ecdsa)?.category == .handshake)
    }

    @Test(arguments: [(TLSPolicy.modern, TLSPolicy.tls12Only), (.tls12Only, .modern)])
    func `ends without a version in common fail on both sides`(client: TLSPolicy, server: TLSPolicy) throws {
        let failures = try TLSPair(client: client, server: server).failHandshake()
        #expect(failures.server?.category == .handshake)
        #expect(failures.client != nil)
    }

    @Test(arguments: [TLSPolicy.modern, .tls12Only])
    func `an intermediate server serves a client of either version`(client: TLSPolicy) throws {
        let pair = try TLSPair(client: client, server: .intermediate)
        try pair.completeHandshake()
        #expect(pair.server.session.info?.version == client.versions.upperBound)
    }

    @Test func `a suite's name is the registry's, and a foreign number is given in digits`() {
        #expect(CipherSuite(rawValue: 0x1301).description == "TLS_AES_128_GCM_SHA256")
        #expect(CipherSuite(rawValue: 0xC02F).description == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
        #expect(CipherSuite(rawValue: 0xC013).description == "0xc013")
    }

    // MARK: ALPN

    @Test(arguments: Version.allCases)
    func `the protocol agreed on is the first of the server's that the client offers`(version: Version) throws {
        let pair = try TLSPair(
            client: version.policy,
            server: version.policy,
            clientProtocols: ["other", "http/1.1", "h2"],
            serverProtocols: ["h2", "http/1.1"]
        )
        try pair.completeHandshake()
        #expect(pair.server.session.info?.applicationProtocol == pair.client.session.info?.applicationProtocol)
        #expect(pair.server.session.info?.applicationProtocol == "h2")
    }

    @Test(arguments: Version.allCases)
    func `protocols without one in common end in no_application_protocol`(version: Version) throws {
        let failures = try TLSPair(
            client: version.policy,
            server: version.policy,
            clientProtocols: ["spdy/1"],
            serverProtocols: ["h2"]
        ).failHandshake()
        #expect(failures.server?.category == .handshake)
        #expect(failures.server?.alertSent == .noApplicationProtocol)
        #expect(failures.client?.alertReceived == .noApplicationProtocol)
    }

    @Test(arguments: Version.allCases, [([], ["h2"]), (["h2"], []), ([], [])] as [([String], [String])])
    func `protocols on one side alone are ignored`(version: Version, sides: ([String], [String])) throws {
        let pair = try TLSPair(
            client: version.policy,
            server: version.policy,
            clientProtocols: sides.0,
            serverProtocols: sides.1
        )
        try pair.completeHandshake()
        #expect(pair.server.session.info?.applicationProtocol == nil)
        #expect(pair.client.session.info?.applicationProtocol == nil)
    }

    // MARK: Tickets

    @Test(arguments: Version.allCases, [true, false])
    func `a context works with tickets and without`(version: Version, hasTickets: Bool) throws {
        let pair = try TLSPair.connected(version, ticketKeys: hasTickets ? try TicketKeys() : nil)
        try pair.server.write([1, 2, 3])
        pair.exchange()
        #expect(try pair.client.drain().bytes == [1, 2, 3])
        #expect(pair.server.session.info?.isResumed == false)
    }

    // MARK: The parts of a hello

    private func firstFlight(_ policy: TLSPolicy) throws -> [UInt8] {
        let end = try TLSEnd(
            TLSContext(client: ClientSettings(trust: .anyone, policy: policy)),
            serverName: "localhost"
        )
        _ = try end.writerHandshake()
        return end.takeOutput()
    }

    /// Where the suites stand: behind record header, message header, version, random and session id.
    private func suitesRange(of flight: [UInt8]) -> Range<Int> {
        let session = 5 + 4 + 2 + 32
        let list = session + 1 + Int(flight[session])
        let size = Int(flight[list]) << 8 | Int(flight[list + 1])
        return list + 2..<list + 2 + size
    }

    private func suites(of flight: [UInt8]) -> [UInt16] {
        let range = suitesRange(of: flight)
        return stride(from: range.lowerBound, to: range.upperBound, by: 2).map {
            UInt16(flight[$0]) << 8 | UInt16(flight[$0 + 1])
        }
    }

    private func refusal(of flight: [UInt8], by policy: TLSPolicy, _ kind: TestIdentity.Kind) throws -> TLSError? {
        let settings = ServerSettings(identity: TestChain.of(kind).identity, policy: policy)
        let server = try TLSEnd(TLSContext(server: settings))
        server.inbound = flight
        _ = try? server.readerHandshake()
        #expect(server.session.info == nil)
        // A fatal alert in plaintext, and no ServerHello before it.
        let output = server.takeOutput()
        #expect(output.first == 21)
        return server.session.failure
    }
}
