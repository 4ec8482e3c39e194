#if HardwareCrypto
import CWolfSSLShims
import Testing

@Suite struct RSATests {
    static let bitCounts: [Int32] = [1_024, 2_048, 3_072]
    /// Made once: a key of 3,072 bits takes the library a second.
    private static let generated = bitCounts.map { bitCount in Result { try WolfRSAKey.generate(bitCount) } }

    static func key(_ bitCount: Int32) throws -> (privateKey: [UInt8], publicKey: [UInt8]) {
        try generated[bitCounts.firstIndex(of: bitCount) ?? 0].get()
    }

    @Test(arguments: bitCounts)
    func `both workers give the same signature with PKCS #1, which has no chance in it`(bitCount: Int32) throws {
        let der = try Self.key(bitCount).privateKey
        for seed in 0..<4 {
            let digest = patternBytes(32 + seed * 8, seed: seed)
            let byDevice = try WolfRSAKey(.device, der: der).sign(digest, .pkcs1)
            let byLibrary = try WolfRSAKey(.library, der: der).sign(digest, .pkcs1)
            #expect(byDevice == byLibrary)
        }
    }

    @Test(arguments: bitCounts, WolfRSAKey.Padding.allCases)
    func `what one worker signs the other accepts, and nothing else`(
        bitCount: Int32,
        padding: WolfRSAKey.Padding
    ) throws {
        let der = try Self.key(bitCount)
        for signer in Worker.allCases {
            let digest = patternBytes(32, seed: 7)
            let signature = try WolfRSAKey(signer, der: der.privateKey).sign(digest, padding)
            for verifier in Worker.allCases {
                let key = try WolfRSAKey(verifier, der: der.publicKey, isPublic: true)
                #expect(key.accepts(signature, digest, padding))
                #expect(!key.accepts(signature, patternBytes(32, seed: 8), padding))
                for place in [0, signature.count / 2, signature.count - 1] {
                    var changed = signature
                    changed[place] ^= 1
                    #expect(!key.accepts(changed, digest, padding))
                }
                #expect(!key.accepts(Array(signature.dropLast()), digest, padding))
                // A private key is its own public key.
                #expect(try WolfRSAKey(verifier, der: der.privateKey).accepts(signature, digest, padding))
            }
        }
    }

    @Test(arguments: WolfRSAKey.Padding.allCases)
    func `a signature just made is accepted, and no other in its place`(padding: WolfRSAKey.Padding) throws {
        let (first, second) = try (Self.key(2_048).privateKey, WolfRSAKey.generate(2_048).privateKey)
        let digest = patternBytes(32, seed: 1)
        let signer = try WolfRSAKey(.device, der: first)
        let other = try WolfRSAKey(.device, der: second)
        for _ in 0..<3 {
            // What was signed last is known; what is asked differs from it in one thing each time.
            var signature = try signer.sign(digest, padding)
            #expect(!other.accepts(signature, digest, padding))
            signature = try signer.sign(digest, padding)
            signature[255] ^= 1
            #expect(!signer.accepts(signature, digest, padding))
            signature = try signer.sign(digest, padding)
            #expect(!signer.accepts(signature, patternBytes(32, seed: 2), padding))
            signature = try signer.sign(digest, padding)
            #expect(signer.accepts(signature, digest, padding))
            #expect(signer.accepts(signature, digest, padding))
            let earlier = signature
            _ = try other.sign(digest, padding)
            #expect(signer.accepts(earlier, digest, padding))
        }
    }

    @Test(arguments: bitCounts)
    func `what one worker encrypts the other decrypts`(bitCount: Int32) throws {
        let der = try Self.key(bitCount)
        let message = patternBytes(48, seed: 2)
        for encrypter in Worker.allCases {
            let ciphertext = try WolfRSAKey(encrypter, der: der.publicKey, isPublic: true).encrypt(message)
            for decrypter in Worker.allCases {
                #expect(try WolfRSAKey(decrypter, der: der.privateKey).decrypt(ciphertext) == message)
            }
        }
    }

    @Test func `raw numbers come out the same from both workers, and out of range neither takes them`() throws {
        let der = try Self.key(2_048)
        let device = try WolfRSAKey(.device, der: der.privateKey)
        let library = try WolfRSAKey(.library, der: der.privateKey)
        func number(_ last: UInt8) -> [UInt8] { [UInt8](repeating: 0, count: 255) + [last] }
        for type in [RSA_PRIVATE_ENCRYPT, RSA_PUBLIC_ENCRYPT, RSA_PUBLIC_DECRYPT].map(\.asInt32) {
            for input in [
                number(2), number(255), [0] + patternBytes(255, seed: 6), [0x7f] + patternBytes(255, seed: 9),
            ] {
                let byLibrary = Result { try library.apply(type, input) }
                let byDevice = Result { try device.apply(type, input) }
                #expect(try byDevice.get() == byLibrary.get())
            }
        }
        let top = [UInt8](repeating: 0xff, count: 256)
        for input in [number(0), number(1), top] {
            #expect(throws: WolfFailure.self) { try device.decrypt(input) }
            #expect(throws: WolfFailure.self) { try library.decrypt(input) }
        }
    }

    @Test func `a result that does not fit is refused`() throws {
        let key = try WolfRSAKey(.device, der: Self.key(2_048).privateKey)
        #expect(throws: WolfFailure(code: RSA_BUFFER_E.asInt32)) {
            try key.apply(RSA_PRIVATE_ENCRYPT.asInt32, [0] + patternBytes(255, seed: 1), room: 255)
        }
    }
}
#endif
