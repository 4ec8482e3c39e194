import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

/// OpenSSL has no code left for RC4, 3DES, export suites and the like, so these hellos are made by hand.
@Suite("Every registered cipher suite but the policy's")
struct SuiteSweepTests {
    private static let ours: Set<UInt16> = [
        0x1301, 0x1302, 0x1303, 0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9,
    ]

    /// The IANA registry's blocks, old and new, with the numbers between them; without the two signals 0x00FF and 0x5600.
    private static let others: [UInt16] = [
        0x0000...0x00FE, 0x1300...0x13FF, 0xC000...0xC0FF, 0xC100...0xC1FF, 0xCC00...0xCCFF, 0xD000...0xD0FF,
    ]
    .flatMap { Array($0) }.filter { !ours.contains($0) }

    /// What a server answers first: the types of record and of message or alert.
    private enum Answer: Equatable {
        case serverHello(suite: UInt16, compression: UInt8)
        case alert(UInt8)
        case other([UInt8])
    }

    @Test("None of them is negotiated, with a certificate of each kind", arguments: TestIdentity.Kind.allCases)
    func sweep(kind: TestIdentity.Kind) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, certificate: kind)
        // The library takes 150 suites of a hello at most.
        for start in stride(from: 0, to: Self.others.count, by: 120) {
            let suites = Array(Self.others[start...].prefix(120))
            let answer = try Self.answer(of: proxy, to: Self.hello(suites))
            #expect(
                answer == .alert(TLSAlert.handshakeFailure.rawValue),
                "suites from 0x\(String(suites[0], radix: 16))"
            )
        }
        #expect(backend.connectionCount == 0)
    }

    @Test("The same hello with one suite of the policy is answered with that suite, and without compression")
    func control() throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, certificate: .ecdsa)
        let answer = try Self.answer(of: proxy, to: Self.hello(Array(Self.others.prefix(100)) + [0xC02C]))
        #expect(answer == .serverHello(suite: 0xC02C, compression: 0))
    }

    /// A TLS 1.2 ClientHello in one record (RFC 5246 §7.4.1.2) that offers compression too.
    private static func hello(_ suites: [UInt16]) -> [UInt8] {
        func sized(_ bytes: [UInt8]) -> [UInt8] { big(UInt16(bytes.count)) + bytes }
        let groups = big(10) + sized(sized([0x00, 0x1D, 0x00, 0x17, 0x00, 0x18]))
        let points = big(11) + sized([1, 0])
        let signatures =
            big(13) + sized(sized([0x04, 0x03, 0x08, 0x04, 0x04, 0x01, 0x08, 0x07, 0x02, 0x01, 0x02, 0x03]))
        let body =
            [3, 3] + [UInt8](repeating: 7, count: 32) + [0] + sized(suites.flatMap(big)) + [2, 1, 0]
            + sized(groups + points + signatures)
        return [22, 3, 1] + sized([1, 0] + sized(body))
    }

    private static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xFF)] }

    private static func answer(of proxy: TestProxy, to hello: [UInt8]) throws -> Answer {
        let socket = try #require(Socket.dial(proxy.address))
        socket.writeAll(hello)
        var bytes: [UInt8] = []
        while bytes.count < 7 || (bytes[0] == 22 && bytes.count < 79) {
            let (more, end) = socket.readSome()
            if end != nil { break }
            bytes += more
        }
        if bytes.count >= 7, bytes[0] == 21 { return .alert(bytes[6]) }
        // Record header 5, message header 4, version 2, random 32, then the session's name with its size.
        guard bytes.count > 43, bytes[0] == 22, bytes[5] == 2 else { return .other(bytes) }
        let suite = 44 + Int(bytes[43])
        guard bytes.count > suite + 2 else { return .other(bytes) }
        return .serverHello(suite: UInt16(bytes[suite]) << 8 | UInt16(bytes[suite + 1]), compression: bytes[suite + 2])
    }
}
