#if HardwareCrypto
import CWolfSSLShims
import Testing

@Suite struct ECDSATests {
    /// "sample" signed with SHA-256 and SHA-384. Source: RFC 6979 A.2.5 and A.2.6.
    struct KnownAnswer: Sendable, CustomTestStringConvertible {
        var curve: Curve
        var x: String
        var y: String
        var digest: String
        var r: String
        var s: String
        var testDescription: String { "\(curve)" }
    }
    static let knownAnswers: [KnownAnswer] = [
        .init(
            curve: .p256,
            x: "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6",
            y: "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
            digest: "AF2BDBE1AA9B6EC1E2ADE1D694F41FC71A831D0268E9891562113D8A62ADD1BF",
            r: "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
            s: "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"
        ),
        .init(
            curve: .p384,
            x: """
                EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64\
                DEF8F0EA9055866064A254515480BC13
                """,
            y: """
                8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1\
                288B231C3AE0D4FE7344FD2533264720
                """,
            digest: """
                9A9083505BC92276AEC4BE312696EF7BF3BF603F4BBD381196A029F340585312\
                313BCA4A9B5B890EFEE42C77B1EE25FE
                """,
            r: """
                94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C\
                81A648152E44ACF96E36DD1E80FABE46
                """,
            s: """
                99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94F\
                A329C145786E679E7B82C71A38628AC8
                """
        ),
    ]

    /// SEQUENCE of two INTEGERs (SEC 1 C.5), all numbers with their highest bit set.
    static func encode(_ r: [UInt8], _ s: [UInt8]) -> [UInt8] {
        var body: [UInt8] = []
        for number in [r, s] {
            body += [2, UInt8(number.count + 1), 0]
            body += number
        }
        return [0x30, UInt8(body.count)] + body
    }

    @Test(arguments: knownAnswers, Worker.allCases)
    func `a known signature is true, and false once a bit of anything changes`(
        known: KnownAnswer,
        worker: Worker
    ) throws {
        let key = try WolfECKey(worker, known.curve, x: bytes(known.x), y: bytes(known.y))
        let (r, s, digest) = (bytes(known.r), bytes(known.s), bytes(known.digest))
        #expect(key.verify(Self.encode(r, s), digest) == (true, 0))
        for place in [1, r.count / 2, r.count - 1] {
            var (badR, badS, badDigest) = (r, s, digest)
            badR[place] ^= 1
            badS[place] ^= 1
            badDigest[place] ^= 1
            #expect(key.verify(Self.encode(badR, s), digest) == (false, 0))
            #expect(key.verify(Self.encode(r, badS), digest) == (false, 0))
            #expect(key.verify(Self.encode(r, s), badDigest) == (false, 0))
        }
    }

    @Test(arguments: Curve.allCases, [Worker.device, .library])
    func `what one worker signs the other finds true`(curve: Curve, signer: Worker) throws {
        let verifier: Worker = signer == .device ? .library : .device
        let key = try WolfECKey(generatedBy: .library, curve)
        let signing = try key.copy(for: signer, curve)
        let verifying = try key.copy(for: verifier, curve)
        for byteCount in [20, 28, 32, 48, 64] {
            let digest = patternBytes(byteCount, seed: byteCount)
            let signature = try signing.sign(digest)
            #expect(verifying.verify(signature, digest) == (true, 0))
            #expect(verifying.verify(signature, patternBytes(byteCount, seed: 99)) == (false, 0))
        }
    }

    @Test(arguments: Curve.allCases)
    func `the device signs with a key that has no public half`(curve: Curve) throws {
        let key = try WolfECKey(generatedBy: .library, curve)
        let onlySecret = try WolfECKey(.device, curve, onlySecret: key.parts(curve).secret)
        let digest = patternBytes(32, seed: 5)
        #expect(try key.verify(onlySecret.sign(digest), digest) == (true, 0))
    }

    @Test(arguments: Curve.allCases)
    func `no two signatures of one digest are the same`(curve: Curve) throws {
        let key = try WolfECKey(generatedBy: .device, curve)
        let digest = patternBytes(32, seed: 3)
        let signatures = try (0..<8).map { _ in try key.sign(digest) }
        #expect(Set(signatures).count == 8)
    }

    @Test func `a signature that does not fit is refused`() throws {
        let key = try WolfECKey(generatedBy: .device, .p256)
        #expect(throws: WolfFailure(code: BUFFER_E.asInt32)) { try key.sign(patternBytes(32, seed: 1), room: 32) }
    }

    @Test(arguments: Worker.allCases)
    func `noise is not a signature`(worker: Worker) throws {
        let key = try WolfECKey(generatedBy: worker, .p256)
        let digest = patternBytes(32, seed: 1)
        let signature = try key.sign(digest)
        let noises: [[UInt8]] = [
            [0], [0x30, 0], patternBytes(72, seed: 8), signature.dropLast(), [0x31] + signature.dropFirst(),
        ]
        for noise in noises {
            #expect(try !key.copy(for: worker, .p256).verify(noise, digest).isTrue)
        }
        let zero = [UInt8](repeating: 0, count: 32)
        #expect(try !key.copy(for: worker, .p256).verify(Self.encode(zero, zero), digest).isTrue)
    }

    @Test(arguments: Worker.allCases)
    func `no signature is true under a point that is not on the curve`(worker: Worker) throws {
        let known = Self.knownAnswers[0]
        var y = bytes(known.y)
        y[31] ^= 1
        let key = try WolfECKey(worker, .p256, x: bytes(known.x), y: y)
        #expect(!key.verify(Self.encode(bytes(known.r), bytes(known.s)), bytes(known.digest)).isTrue)
    }

    @Test func `a key that asks for a derived nonce is left to the library, which signs the same twice`() throws {
        let key = try WolfECKey(generatedBy: .library, .p256).copy(for: .device, .p256)
        guard wc_ecc_set_deterministic(key.pointer, 1) == 0 else { return }
        let digest = patternBytes(32, seed: 4)
        #expect(try key.sign(digest) == key.sign(digest))
    }
}
#endif
