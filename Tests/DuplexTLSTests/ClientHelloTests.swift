import DuplexTLS
import TestSupport
import Testing

@Suite struct ClientHelloTests {
    private static let limit = 16_384

    /// The first flight of our client: one record that holds one ClientHello.
    private static func firstFlight(
        _ policy: TLSPolicy = .intermediate,
        name: String? = "localhost",
        protocols: [String] = []
    ) throws -> [UInt8] {
        let settings = ClientSettings(trust: .anyone, policy: policy, applicationProtocols: protocols)
        let end = try TLSEnd(TLSContext(client: settings), serverName: name)
        _ = try end.writerHandshake()
        return end.takeOutput()
    }

    private func parse(_ bytes: [UInt8], limit: Int = limit) -> ClientHello.ParseResult {
        bytes.withUnsafeBytes { ClientHello.parse($0, limit: limit) }
    }

    private func complete(_ bytes: [UInt8]) throws -> ClientHello {
        guard case .complete(let hello) = parse(bytes) else { throw NotComplete(result: parse(bytes)) }
        return hello
    }

    private struct NotComplete: Error { let result: ClientHello.ParseResult }

    /// The same handshake message in records of `size` bytes.
    private func split(_ flight: [UInt8], size: Int) -> [UInt8] {
        var message = flight.dropFirst(5)
        var records: [UInt8] = []
        while !message.isEmpty {
            let part = message.prefix(size)
            records += [22, 3, 1, UInt8(part.count >> 8), UInt8(part.count & 255)] + part
            message = message.dropFirst(size)
        }
        return records
    }

    @Test(arguments: PolicyChoice.allCases)
    func `a real hello's name, protocols, algorithms and versions are read`(choice: PolicyChoice) throws {
        let flight = try Self.firstFlight(choice.policy, name: "a.example.org", protocols: ["h2", "http/1.1"])
        let hello = try complete(flight)
        #expect(hello.serverName == "a.example.org")
        #expect(hello.applicationProtocols == ["h2", "http/1.1"])
        #expect(hello.signatureAlgorithms.contains(0x0403))
        switch choice {
        case .modern: #expect(hello.supportedVersions == [0x0304])
        case .intermediate: #expect(hello.supportedVersions == [0x0304, 0x0303])
        case .tls12Only: #expect(hello.supportedVersions == [] || hello.supportedVersions == [0x0303])
        }
    }

    @Test func `a hello without a name and without protocols has none`() throws {
        let hello = try complete(try Self.firstFlight(name: nil))
        #expect(hello.serverName == nil)
        #expect(hello.applicationProtocols.isEmpty)
    }

    @Test func `a name is given in lower case`() throws {
        let hello = try complete(try Self.firstFlight(name: "Sub.EXAMPLE.org"))
        #expect(hello.serverName == "sub.example.org")
    }

    @Test(arguments: [1, 2, 3, 4, 5, 17, 100, 200])
    func `a hello split over many records is the same hello`(size: Int) throws {
        let flight = try Self.firstFlight(protocols: ["h2"])
        #expect(try complete(split(flight, size: size)) == complete(flight))
    }

    @Test(arguments: [1, 50, 100_000])
    func `a hello cut off anywhere is incomplete until it is whole`(size: Int) throws {
        let flight = split(try Self.firstFlight(), size: size)
        for count in 0..<flight.count {
            #expect(parse(Array(flight.prefix(count))) == .incomplete, "\(count) of \(flight.count) bytes")
        }
        _ = try complete(flight)
    }

    @Test func `what follows a whole hello does not matter`() throws {
        let flight = try Self.firstFlight()
        #expect(try complete(flight + [1, 2, 3]) == complete(flight))
    }

    @Test func `twenty thousand mutations are parsed without a crash`() throws {
        let flights = [
            try Self.firstFlight(.modern, protocols: ["h2"]), try Self.firstFlight(.tls12Only, name: nil),
            split(try Self.firstFlight(), size: 30),
        ]
        var random = SeededGenerator(seed: 7)
        var outcomes: Set<String> = []
        for round in 0..<20_000 {
            var bytes = flights[round % flights.count]
            for _ in 0...Int.random(in: 0...3, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes[at] ^= 1 << UInt8.random(in: 0...7, using: &random)
                case 2: bytes.remove(at: at)
                default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
                }
            }
            switch parse(bytes) {
            case .complete: outcomes.insert("complete")
            case .incomplete: outcomes.insert("incomplete")
            case .notClientHello(let reason): outcomes.insert(reason.rawValue)
            }
        }
        // The mutations reach every way out of the parser but plain HTTP.
        #expect(outcomes.isSuperset(of: ["complete", "incomplete", "not TLS", "a malformed ClientHello"]))
    }

    @Test func `noise of every first byte is not TLS`() {
        var random = SeededGenerator(seed: 8)
        for first in UInt8.min...UInt8.max where first != 22 {
            #expect(parse([first] + random.bytes(64)) == .notClientHello(.notTLS))
        }
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\n", "POST /x HTTP/1.1\r\n", "HEAD / HTTP/1.0\r\n", "PUT /a", "DELETE /", "OPTIONS *",
        "CONNECT a:1",
        "PATCH /", "TRACE /", "PRI * HTTP/2.0\r\n\r\n",
    ])
    func `plain HTTP is named`(request: String) {
        #expect(parse(Array(request.utf8)) == .notClientHello(.plainHTTP))
    }

    @Test func `a hello over the limit is refused as soon as its size is known`() throws {
        let flight = try Self.firstFlight()
        #expect(parse(flight, limit: flight.count - 1) == .notClientHello(.tooLarge))
        #expect(parse(Array(flight.prefix(9)), limit: flight.count - 1) == .notClientHello(.tooLarge))
        #expect(parse(Array(flight.prefix(9)), limit: flight.count) == .incomplete)
        guard case .complete = parse(flight, limit: flight.count) else {
            Issue.record("a hello at the limit is within it")
            return
        }
    }

    @Test func `a hello that pads itself with record headers is refused at the limit`() throws {
        let trickle = split(try Self.firstFlight(), size: 1)
        let limit = 500
        #expect(parse(Array(trickle.prefix(limit)), limit: limit) == .incomplete)
        #expect(parse(Array(trickle.prefix(limit + 1)), limit: limit) == .notClientHello(.tooLarge))
    }

    @Test(
        arguments: [
            [22, 3, 1, 0, 0], [22, 3, 1, 0, 4, 2, 0, 0, 0], [22, 3, 1, 0x40, 0x01, 1], [22, 3, 1, 0, 4, 1, 0, 0, 0],
            [22, 3, 1, 0, 1, 1, 23, 3, 3, 0, 1, 0], [22, 3, 1, 0, 1, 11],
        ] as [[UInt8]]
    )
    func `a record that cannot begin a hello is malformed`(bytes: [UInt8]) {
        #expect(parse(bytes) == .notClientHello(.malformed))
    }

    @Test(arguments: [[22, 2, 0, 0, 9], [22, 4], [128, 46, 1, 3, 1]] as [[UInt8]])
    func `an older or unknown framing is not TLS`(bytes: [UInt8]) {
        #expect(parse(bytes) == .notClientHello(.notTLS))
    }
}
