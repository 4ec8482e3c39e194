#if HardwareCrypto
import CWolfSSLShims
import HardwareCrypto
import Testing

@Suite struct AESGCMTests {
    static let keyByteCounts = [16, 24, 32]
    /// Edges of the block, of libcrypto's stitched loops (96, 192, 288, 768 bytes) and of the TLS record, and primes
    /// between them.
    static let byteCounts =
        Array(0...33) + [47, 48, 63, 64, 65, 95, 96, 97, 127, 128, 191, 192, 193, 255, 256, 287, 288, 289, 383, 511]
        + [512, 767, 768, 769, 1023, 1024, 1399, 4093, 4096, 8191, 12_289, 16_367, 16_383, 16_384, 16_385, 16_640]
        + [65_537]

    /// Source: McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test cases 1 to 4, 7 to 10,
    /// 13 to 16; used by NIST for SP 800-38D.
    struct KnownAnswer: Sendable, CustomTestStringConvertible {
        var testCase: Int
        var key: String
        var nonce = "cafebabefacedbaddecaf888"
        var plaintext = ""
        var additionalData = ""
        var ciphertext = ""
        var tag: String
        var testDescription: String { "test case \(testCase)" }
    }
    static let zeros = String(repeating: "00", count: 16)
    static let key128 = "feffe9928665731c6d6a8f9467308308"
    static let key192 = key128 + "feffe9928665731c"
    static let key256 = key128 + key128
    static let plaintext60 = """
        d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72\
        1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39
        """
    static let additionalData20 = "feedfacedeadbeeffeedfacedeadbeefabaddad2"
    static let ciphertext128 = """
        42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e\
        21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091
        """
    static let ciphertext192 = """
        3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c\
        7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710
        """
    static let ciphertext256 = """
        522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa\
        8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662
        """
    static let knownAnswers: [KnownAnswer] = [
        .init(
            testCase: 1,
            key: zeros,
            nonce: "000000000000000000000000",
            tag: "58e2fccefa7e3061367f1d57a4e7455a"
        ),
        .init(
            testCase: 2,
            key: zeros,
            nonce: "000000000000000000000000",
            plaintext: zeros,
            ciphertext: "0388dace60b6a392f328c2b971b2fe78",
            tag: "ab6e47d42cec13bdf53a67b21257bddf"
        ),
        .init(
            testCase: 3,
            key: key128,
            plaintext: plaintext60 + "1aafd255",
            ciphertext: ciphertext128 + "473f5985",
            tag: "4d5c2af327cd64a62cf35abd2ba6fab4"
        ),
        .init(
            testCase: 4,
            key: key128,
            plaintext: plaintext60,
            additionalData: additionalData20,
            ciphertext: ciphertext128,
            tag: "5bc94fbc3221a5db94fae95ae7121a47"
        ),
        .init(
            testCase: 7,
            key: zeros + "0000000000000000",
            nonce: "000000000000000000000000",
            tag: "cd33b28ac773f74ba00ed1f312572435"
        ),
        .init(
            testCase: 8,
            key: zeros + "0000000000000000",
            nonce: "000000000000000000000000",
            plaintext: zeros,
            ciphertext: "98e7247c07f0fe411c267e4384b0f600",
            tag: "2ff58d80033927ab8ef4d4587514f0fb"
        ),
        .init(
            testCase: 9,
            key: key192,
            plaintext: plaintext60 + "1aafd255",
            ciphertext: ciphertext192 + "acade256",
            tag: "9924a7c8587336bfb118024db8674a14"
        ),
        .init(
            testCase: 10,
            key: key192,
            plaintext: plaintext60,
            additionalData: additionalData20,
            ciphertext: ciphertext192,
            tag: "2519498e80f1478f37ba55bd6d27618c"
        ),
        .init(
            testCase: 13,
            key: zeros + zeros,
            nonce: "000000000000000000000000",
            tag: "530f8afbc74536b9a963b4f1c4cb738b"
        ),
        .init(
            testCase: 14,
            key: zeros + zeros,
            nonce: "000000000000000000000000",
            plaintext: zeros,
            ciphertext: "cea7403d4d606b6e074ec5d3baf39d18",
            tag: "d0d1c8a799996bf0265b98b5d48ab919"
        ),
        .init(
            testCase: 15,
            key: key256,
            plaintext: plaintext60 + "1aafd255",
            ciphertext: ciphertext256 + "898015ad",
            tag: "b094dac5d93471bdec1a502270e3cc6c"
        ),
        .init(
            testCase: 16,
            key: key256,
            plaintext: plaintext60,
            additionalData: additionalData20,
            ciphertext: ciphertext256,
            tag: "76fc6ece0f4e1768cddf8853bb2d551b"
        ),
    ]

    @Test(arguments: knownAnswers) func `the device gives the published answers both ways`(known: KnownAnswer) throws {
        let aes = try WolfAES(.device, key: bytes(known.key))
        let additionalData = bytes(known.additionalData)
        let sealed = try aes.encrypt(bytes(known.plaintext), nonce: bytes(known.nonce), additionalData: additionalData)
        #expect(sealed.ciphertext == bytes(known.ciphertext))
        #expect(sealed.tag == bytes(known.tag))
        let opened = aes.decrypt(
            bytes(known.ciphertext),
            tag: bytes(known.tag),
            nonce: bytes(known.nonce),
            additionalData: additionalData
        )
        #expect(opened.code == 0)
        #expect(opened.output == bytes(known.plaintext))
    }

    @Test(arguments: keyByteCounts, [true, false])
    func `what one side encrypts the other decrypts, at every size`(keyByteCount: Int, inPlace: Bool) throws {
        let key = patternBytes(keyByteCount, seed: keyByteCount)
        let device = try WolfAES(.device, key: key)
        let library = try WolfAES(.library, key: key)
        let sizes = Self.byteCounts + Array(stride(from: 607, to: 16_384, by: 1_231))
        for byteCount in sizes {
            let plaintext = patternBytes(byteCount, seed: byteCount)
            let nonce = patternBytes(12, seed: byteCount + 1)
            let additionalData = patternBytes([13, 5, 0][byteCount % 3], seed: byteCount + 2)

            let byDevice = try device.encrypt(
                plaintext,
                nonce: nonce,
                additionalData: additionalData,
                inPlace: inPlace
            )
            let byLibrary = try library.encrypt(plaintext, nonce: nonce, additionalData: additionalData)
            #expect(byDevice == byLibrary, "\(byteCount) bytes")

            let deviceOpened = device.decrypt(
                byLibrary.ciphertext,
                tag: byLibrary.tag,
                nonce: nonce,
                additionalData: additionalData,
                inPlace: inPlace
            )
            #expect(deviceOpened.code == 0 && deviceOpened.output == plaintext, "\(byteCount) bytes")
            let libraryOpened = library.decrypt(
                byDevice.ciphertext,
                tag: byDevice.tag,
                nonce: nonce,
                additionalData: additionalData
            )
            #expect(libraryOpened.code == 0 && libraryOpened.output == plaintext, "\(byteCount) bytes")
        }
    }

    @Test(.timeLimit(.minutes(2))) func `every size of a record is the same by device and library, and opens`() throws {
        let bytes = patternBytes(16_384, seed: 1)
        let nonce = patternBytes(12, seed: 2)
        let keys = Self.keyByteCounts.map { patternBytes($0, seed: $0) }
        let pairs = try keys.map { key in
            try (device: WolfAES(.device, key: key), library: WolfAES(.library, key: key))
        }
        for byteCount in 0...bytes.count {
            let (device, library) = pairs[byteCount % pairs.count]
            let plaintext = Array(bytes.prefix(byteCount))
            let sealed = try device.encrypt(plaintext, nonce: nonce, additionalData: [23, 3, 3])
            let expected = try library.encrypt(plaintext, nonce: nonce, additionalData: [23, 3, 3])
            let isSame = sealed == expected
            var opened = device.decrypt(sealed.ciphertext, tag: sealed.tag, nonce: nonce, additionalData: [23, 3, 3])
            let isOpened = opened == (0, plaintext)
            var tag = sealed.tag
            tag[byteCount % 16] ^= 1 << (byteCount % 8)
            opened = device.decrypt(sealed.ciphertext, tag: tag, nonce: nonce, additionalData: [23, 3, 3])
            let isRefused = opened.code == AES_GCM_AUTH_E.asInt32
            try #require(isSame && isOpened && isRefused, "\(byteCount) bytes")
        }
    }

    @Test(arguments: [0, 1, 5, 12, 13, 15, 16, 17, 20, 31, 32, 33, 64, 100, 255, 4_096, 70_000])
    func `additional data of any size is authenticated as the library does it`(byteCount: Int) throws {
        let key = patternBytes(32, seed: 3)
        let additionalData = patternBytes(byteCount, seed: byteCount)
        for payload in [[], patternBytes(100, seed: 1)] {
            let byDevice = try WolfAES(.device, key: key)
                .encrypt(payload, nonce: patternBytes(12, seed: 4), additionalData: additionalData)
            let byLibrary = try WolfAES(.library, key: key)
                .encrypt(payload, nonce: patternBytes(12, seed: 4), additionalData: additionalData)
            #expect(byDevice == byLibrary)
        }
    }

    @Test(arguments: 12...16) func `shorter tags are the start of the whole tag`(tagByteCount: Int) throws {
        let aes = try WolfAES(.device, key: patternBytes(16, seed: 5))
        let plaintext = patternBytes(77, seed: 6)
        let nonce = patternBytes(12, seed: 7)
        let whole = try aes.encrypt(plaintext, nonce: nonce, additionalData: [])
        let short = try aes.encrypt(plaintext, nonce: nonce, additionalData: [], tagByteCount: tagByteCount)
        #expect(short.tag == Array(whole.tag.prefix(tagByteCount)))
        #expect(aes.decrypt(short.ciphertext, tag: short.tag, nonce: nonce, additionalData: []).output == plaintext)
    }

    @Test(arguments: [1, 8, 11, 13, 16, 60])
    func `a nonce that is not of 12 bytes is left to the library`(nonceByteCount: Int) throws {
        let key = patternBytes(16, seed: 8)
        let nonce = patternBytes(nonceByteCount, seed: 9)
        let plaintext = patternBytes(100, seed: 10)
        let device = try WolfAES(.device, key: key)
        let byDevice = try device.encrypt(plaintext, nonce: nonce, additionalData: [1])
        let byLibrary = try WolfAES(.library, key: key).encrypt(plaintext, nonce: nonce, additionalData: [1])
        #expect(byDevice == byLibrary)
        // The device itself still works after it declined.
        let after = try device.encrypt(plaintext, nonce: patternBytes(12, seed: 9), additionalData: [])
        #expect(
            device.decrypt(after.ciphertext, tag: after.tag, nonce: patternBytes(12, seed: 9), additionalData: [])
                .output == plaintext
        )
    }

    enum Tampering: CaseIterable, Sendable { case tag, additionalData, ciphertext, nonce }

    @Test(arguments: Tampering.allCases, [true, false])
    func `a changed message is refused and its output zeroed`(tampering: Tampering, inPlace: Bool) throws {
        let aes = try WolfAES(.device, key: patternBytes(32, seed: 11))
        for byteCount in [1, 16, 100, 1_400, 16_384] {
            let plaintext = patternBytes(byteCount, seed: 12)
            let nonce = patternBytes(12, seed: 13)
            let additionalData = patternBytes(13, seed: 14)
            let sealed = try aes.encrypt(plaintext, nonce: nonce, additionalData: additionalData)
            var (tag, sentData, ciphertext, sentNonce) = (sealed.tag, additionalData, sealed.ciphertext, nonce)
            switch tampering {
            case .tag: tag[15] ^= 1
            case .additionalData: sentData[0] ^= 0x80
            case .ciphertext: ciphertext[byteCount / 2] ^= 1
            case .nonce: sentNonce[11] ^= 1
            }
            let opened = aes.decrypt(
                ciphertext,
                tag: tag,
                nonce: sentNonce,
                additionalData: sentData,
                inPlace: inPlace
            )
            #expect(opened.code == Int32(AES_GCM_AUTH_E))
            #expect(opened.output.allSatisfy { $0 == 0 })
            // A refusal leaves nothing behind: the true message is still read.
            let genuine = aes.decrypt(
                sealed.ciphertext,
                tag: sealed.tag,
                nonce: nonce,
                additionalData: additionalData,
                inPlace: inPlace
            )
            #expect(genuine.code == 0 && genuine.output == plaintext)
        }
    }

    @Test func `an empty message with a false tag is refused`() throws {
        let aes = try WolfAES(.device, key: patternBytes(16, seed: 15))
        let nonce = patternBytes(12, seed: 16)
        var tag = try aes.encrypt([], nonce: nonce, additionalData: []).tag
        #expect(aes.decrypt([], tag: tag, nonce: nonce, additionalData: []).code == 0)
        tag[0] ^= 1
        #expect(aes.decrypt([], tag: tag, nonce: nonce, additionalData: []).code == Int32(AES_GCM_AUTH_E))
    }

    @Test(arguments: [true, false])
    func `a new key on the same object is noticed`(initialising: Bool) throws {
        let device = try WolfAES(.device, key: patternBytes(16, seed: 0))
        let nonce = patternBytes(12, seed: 17)
        let plaintext = patternBytes(1_000, seed: 18)
        var keys = (1...12).map { patternBytes(Self.keyByteCounts[$0 % 3], seed: $0) }
        // Keys that differ in their last byte only, and one that begins with the other.
        for keyByteCount in Self.keyByteCounts {
            var key = patternBytes(keyByteCount, seed: 19)
            keys.append(key)
            key[keyByteCount - 1] ^= 1
            keys.append(key)
        }
        for key in keys {
            try device.rekey(key, initialising: initialising, worker: .device)
            let sealed = try device.encrypt(plaintext, nonce: nonce, additionalData: [])
            let library = try WolfAES(.library, key: key)
            #expect(try sealed == library.encrypt(plaintext, nonce: nonce, additionalData: []))
            let opened = device.decrypt(sealed.ciphertext, tag: sealed.tag, nonce: nonce, additionalData: [])
            #expect(opened.code == 0 && opened.output == plaintext)
        }
    }

    @Test func `objects with different keys that take turns on one thread do not mix`() throws {
        let keys = (0..<4).map { patternBytes([16, 32][$0 % 2], seed: 20 + $0) }
        let first = try WolfAES(.device, key: keys[0])
        let second = try WolfAES(.device, key: keys[1])
        let third = try WolfAES(.device, key: keys[2])
        let fourth = try WolfAES(.device, key: keys[3])
        for round in 0..<50 {
            let nonce = patternBytes(12, seed: round)
            let plaintext = patternBytes(round * 7, seed: round)
            func turn(_ aes: WolfAES, _ key: [UInt8]) throws {
                let sealed = try aes.encrypt(plaintext, nonce: nonce, additionalData: [])
                #expect(
                    try sealed == WolfAES(.library, key: key).encrypt(plaintext, nonce: nonce, additionalData: [])
                )
                #expect(aes.decrypt(sealed.ciphertext, tag: sealed.tag, nonce: nonce, additionalData: []).code == 0)
            }
            try turn(first, keys[0])
            try turn(second, keys[1])
            try turn(third, keys[2])
            try turn(fourth, keys[3])
        }
    }
}
#endif
