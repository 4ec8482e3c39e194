#if HardwareCrypto
import CWolfSSLShims
import Testing

@Suite struct SHA2Tests {
    struct Known: Sendable {
        let kind: HashKind
        let message: String
        let digest: String
    }

    /// Source: NIST, "Cryptographic Standards and Guidelines: Examples with Intermediate Values", SHA2; the empty ones
    /// are those of the SHA Test Vectors for Hashing Byte-Oriented Messages (length 0).
    static let known = [
        Known(
            kind: .sha256,
            message: "",
            digest: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        ),
        Known(
            kind: .sha256,
            message: "abc",
            digest: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        ),
        Known(
            kind: .sha256,
            message: "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            digest: "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        Known(
            kind: .sha384,
            message: "",
            digest: "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"
        ),
        Known(
            kind: .sha384,
            message: "abc",
            digest: "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
        ),
        Known(
            kind: .sha512,
            message: "abc",
            digest: "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
        Known(
            kind: .sha512_256,
            message: "abc",
            digest: "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"
        ),
    ]

    @Test(arguments: known, Worker.allCases)
    func `a known message has the known digest, also when it is hashed again`(known: Known, worker: Worker) throws {
        let hash = try WolfHash(known.kind, worker)
        for _ in 0..<2 {
            try hash.update(Array(known.message.utf8))
            #expect(try hash.digest() == bytes(known.digest))
        }
    }

    @Test(arguments: HashKind.allCases)
    func `every length up to three blocks has the digest that the library gives it`(kind: HashKind) throws {
        let device = try WolfHash(kind, .device)
        let library = try WolfHash(kind, .library)
        for byteCount in 0...384 {
            let message = patternBytes(byteCount, seed: byteCount)
            try device.update(message)
            try library.update(message)
            #expect(try device.digest() == library.digest(), "\(byteCount) bytes")
        }
    }

    @Test(arguments: HashKind.allCases)
    func `a message in pieces, handed to and fro between device and library, has the library's digest`(
        kind: HashKind
    ) throws {
        for round in 0..<60 {
            let mixed = try WolfHash(kind, .device)
            let library = try WolfHash(kind, .library)
            var seed = UInt64(round) + 1
            for piece in 0..<12 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let message = patternBytes(Int(seed >> 33) % 300, seed: piece)
                try mixed.hand(to: seed >> 62 & 1 == 0 ? .device : .library)
                try mixed.update(message)
                try library.update(message)
            }
            try mixed.hand(to: round % 2 == 0 ? .device : .library)
            #expect(try mixed.digest() == library.digest(), "round \(round)")
        }
    }

    @Test(arguments: HashKind.allCases)
    func `a copy goes its own way`(kind: HashKind) throws {
        let first = try WolfHash(kind, .device)
        try first.update(patternBytes(100, seed: 1))
        let second = try WolfHash(copying: first)
        try second.update([1])
        try first.update([2])
        let expected = try (WolfHash(kind, .library), WolfHash(kind, .library))
        try expected.0.update(patternBytes(100, seed: 1) + [2])
        try expected.1.update(patternBytes(100, seed: 1) + [1])
        #expect(try first.digest() == expected.0.digest())
        #expect(try second.digest() == expected.1.digest())
    }

    /// The lengths at which the library's counts go on in their second word, and bits need more words than bytes.
    @Test(
        arguments: [
            (HashKind.sha256, 1 << 29), (.sha256, 1 << 32), (.sha384, 1 << 61), (.sha384, 0), (.sha512, 0),
        ] as [(HashKind, UInt64)]
    )
    func `a count that overflows a word is the library's`(kind: HashKind, count: UInt64) throws {
        let device = try WolfHash(kind, .device)
        let library = try WolfHash(kind, .library)
        for hash in [device, library] {
            // Of 0 that is the end of what 64 bits count.
            hash.pretendAbsorbed(count &- 128)
            try hash.update(patternBytes(300, seed: 3))
        }
        #expect(try device.digest() == library.digest())
    }

    @Test func `the key schedule of a session is the device's and gives the library's keys`() throws {
        let device = try InitialisedLibrary.deviceID.get()
        for (type, byteCount) in [(WC_SHA256, 32), (WC_SHA384, 48)] {
            let expected = try Self.expanded(type.asInt32, byteCount)
            let outer = duplex_session_enter(device)
            defer { duplex_session_leave(outer) }
            #expect(try Self.expanded(type.asInt32, byteCount) == expected)
        }
        let counts = try CountingDevice.counting {
            let outer = duplex_session_enter(CountingDevice.id)
            defer { duplex_session_leave(outer) }
            _ = try Self.expanded(WC_SHA256.asInt32, 32)
        }
        #expect(counts.hashes > 0)
    }

    /// HKDF, as the library's key schedule uses it: extract, then expand. Source: RFC 5869.
    private static func expanded(_ type: Int32, _ byteCount: Int) throws -> [UInt8] {
        let (salt, secret, label) = (patternBytes(byteCount, seed: 1), patternBytes(32, seed: 2), Array("label".utf8))
        var key = [UInt8](repeating: 0, count: byteCount)
        var output = [UInt8](repeating: 0, count: 100)
        var status = wc_HKDF_Extract(type, salt, UInt32(byteCount), secret, 32, &key)
        if status == 0 {
            status = wc_HKDF_Expand(type, key, UInt32(byteCount), label, UInt32(label.count), &output, 100)
        }
        if status != 0 { throw WolfFailure(code: status) }
        return output
    }
}
#endif
