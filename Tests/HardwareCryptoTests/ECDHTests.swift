#if HardwareCrypto
import CWolfSSLShims
import Testing

@Suite struct ECDHTests {
    /// Source: RFC 5903 §8.1 and §8.2: the initiator's secret, the responder's point, the shared x coordinate.
    struct KnownAnswer: Sendable, CustomTestStringConvertible {
        var curve: Curve
        var secret: String
        var x: String
        var y: String
        var shared: String
        var testDescription: String { "\(curve)" }
    }
    static let knownAnswers: [KnownAnswer] = [
        .init(
            curve: .p256,
            secret: "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
            x: "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63",
            y: "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
            shared: "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"
        ),
        .init(
            curve: .p384,
            secret: """
                099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655\
                E35B538041E649EE3FAEF896783AB194
                """,
            x: """
                E558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D\
                0D1AC43A0336DEF96FDA41D0774A3571
                """,
            y: """
                DCFBEC7AACF3196472169E838430367F66EEBE3C6E70C416DD5F0C68759DD1FF\
                F83FA40142209DFF5EAAD96DB9E6386C
                """,
            shared: """
                11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4\
                D603135569B9E9D09CF5D4A270F59746
                """
        ),
    ]

    @Test(arguments: knownAnswers, Worker.allCases)
    func `a known exchange gives the known secret`(known: KnownAnswer, worker: Worker) throws {
        let own = try WolfECKey(worker, known.curve, onlySecret: bytes(known.secret))
        let peer = try WolfECKey(worker, known.curve, x: bytes(known.x), y: bytes(known.y))
        #expect(try own.sharedSecret(peer) == bytes(known.shared))
    }

    @Test(arguments: Curve.allCases)
    func `keys of either worker agree with either worker`(curve: Curve) throws {
        for _ in 0..<4 {
            let first = try WolfECKey(generatedBy: .device, curve)
            let second = try WolfECKey(generatedBy: .library, curve)
            let secret = try first.sharedSecret(second)
            #expect(secret.count == curve.byteCount)
            #expect(try second.sharedSecret(first) == secret)
            #expect(try first.copy(for: .library, curve).sharedSecret(second) == secret)
            #expect(try second.copy(for: .device, curve).sharedSecret(first) == secret)
        }
    }

    @Test(arguments: Curve.allCases)
    func `the library finds the device's keys whole, and no two alike`(curve: Curve) throws {
        var secrets = Set<[UInt8]>()
        for _ in 0..<20 {
            let key = try WolfECKey(generatedBy: .device, curve)
            #expect(wc_ecc_check_key(key.pointer) == 0)
            secrets.insert(try key.parts(curve).secret)
        }
        #expect(secrets.count == 20)
    }

    @Test func `a point that is not on the curve is refused`() throws {
        for known in Self.knownAnswers {
            let own = try WolfECKey(generatedBy: .device, known.curve)
            var y = bytes(known.y)
            y[y.count - 1] ^= 1
            let peer = try WolfECKey(.device, known.curve, x: bytes(known.x), y: y)
            #expect(throws: WolfFailure(code: IS_POINT_E.asInt32)) { try own.sharedSecret(peer) }
        }
    }

    @Test func `a coordinate above the field's prime is refused`() throws {
        let own = try WolfECKey(generatedBy: .device, .p256)
        let peer = try WolfECKey(
            .device,
            .p256,
            x: [UInt8](repeating: 0xff, count: 32),
            y: bytes(Self.knownAnswers[0].y)
        )
        #expect(throws: WolfFailure(code: ECC_OUT_OF_RANGE_E.asInt32)) { try own.sharedSecret(peer) }
    }

    @Test(arguments: Worker.allCases)
    func `keys of two curves are refused`(worker: Worker) throws {
        let own = try WolfECKey(generatedBy: worker, .p256)
        let peer = try WolfECKey(generatedBy: worker, .p384)
        #expect(throws: WolfFailure(code: ECC_BAD_ARG_E.asInt32)) { try own.sharedSecret(peer) }
    }

    @Test(arguments: Worker.allCases)
    func `a secret that does not fit is refused`(worker: Worker) throws {
        let own = try WolfECKey(generatedBy: worker, .p384)
        let peer = try WolfECKey(generatedBy: worker, .p384)
        #expect(throws: WolfFailure(code: BUFFER_E.asInt32)) { try own.sharedSecret(peer, room: 47) }
    }

    @Test func `another curve is left to the library`() throws {
        let random = try WolfRandom()
        let keys = (0..<2).map { _ in UnsafeMutablePointer<ecc_key>.allocate(capacity: 1) }
        let deviceID = try Worker.device.deviceID()
        for key in keys {
            #expect(wc_ecc_init_ex(key, nil, deviceID) == 0)
            wc_ecc_set_rng(key, random.pointer)
            #expect(wc_ecc_make_key_ex(random.pointer, 66, key, ECC_SECP521R1.asInt32) == 0)
        }
        var secrets = [[UInt8](repeating: 0, count: 66), [UInt8](repeating: 1, count: 66)]
        var count: UInt32 = 66
        #expect(wc_ecc_shared_secret(keys[0], keys[1], &secrets[0], &count) == 0)
        #expect(wc_ecc_shared_secret(keys[1], keys[0], &secrets[1], &count) == 0)
        #expect(secrets[0] == secrets[1])
        for key in keys {
            wc_ecc_free(key)
            key.deallocate()
        }
        wc_ecc_fp_free()
    }
}
#endif
