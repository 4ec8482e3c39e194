#if HardwareCrypto
import CWolfSSLShims
import Testing

@Suite struct X25519Tests {
    @Test(arguments: Worker.allCases)
    func `a known exchange gives the known secret, in both orders`(worker: Worker) throws {
        // RFC 7748 §5.2, first vector.
        let own = try WolfX25519Key(
            worker,
            secret: bytes("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4")
        )
        let peer = try WolfX25519Key(
            worker,
            point: bytes("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c")
        )
        let shared = bytes("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
        #expect(try own.sharedSecret(peer) == shared)
        #expect(try own.sharedSecret(peer, bigEndian: true) == shared.reversed())
    }

    @Test func `keys of either worker agree with either worker`() throws {
        for _ in 0..<8 {
            let first = try WolfX25519Key(generatedBy: .device)
            let second = try WolfX25519Key(generatedBy: .library)
            let secret = try first.sharedSecret(second)
            #expect(try second.sharedSecret(first) == secret)
            let firstByLibrary = try WolfX25519Key(.library, secret: first.secret())
            #expect(try firstByLibrary.sharedSecret(second) == secret)
            let secondByDevice = try WolfX25519Key(.device, secret: second.secret())
            #expect(try secondByDevice.sharedSecret(first) == secret)
        }
    }

    @Test func `the library finds the device's keys whole, clamped, and no two alike`() throws {
        var secrets = Set<[UInt8]>()
        for _ in 0..<20 {
            let key = try WolfX25519Key(generatedBy: .device)
            let secret = try key.secret()
            #expect(try WolfX25519Key(.library, secret: secret).point() == key.point())
            #expect(secret[0] & 7 == 0)
            #expect(secret[31] & 0xc0 == 0x40)
            secrets.insert(secret)
        }
        #expect(secrets.count == 20)
    }

    /// Points of small order. Source: RFC 7748 §6.1; https://cr.yp.to/ecdh.html, "Validate public keys".
    @Test(arguments: [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ])
    func `a point that gives a secret of zeros is refused`(point: String) throws {
        let own = try WolfX25519Key(generatedBy: .device)
        let peer = try WolfX25519Key(.device, point: bytes(point))
        #expect(throws: WolfFailure(code: ECC_OUT_OF_RANGE_E.asInt32)) { try own.sharedSecret(peer) }
    }
}
#endif
