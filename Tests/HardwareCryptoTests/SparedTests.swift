#if HardwareCrypto
import CWolfSSLShims
import Glibc
import Testing

/// What the library is spared in the device's objects, and does all the same where the device does not.
@Suite struct SparedTests {
    @Test func `a generator of the device has none of the library's in it`() throws {
        let (device, library) = try (WolfRandom(.device), WolfRandom(.library))
        withExtendedLifetime((device, library)) {
            #expect(device.pointer.pointee.drbg == nil)
            #expect(library.pointer.pointee.drbg != nil)
        }
    }

    @Test func `a generator whose device has no answer refuses to give bytes`() throws {
        let random = try WolfRandom(.device)
        #expect(try random.bytes(32).contains { $0 != 0 })
        random.pointer.pointee.devId = INVALID_DEVID
        #expect(throws: WolfFailure(code: RNG_FAILURE_E.asInt32)) { try random.bytes(32) }
    }

    @Test(arguments: [1, 31, 32, 255, 256, 257, 4_096, 100_000])
    func `the kernel gives as many bytes as it is asked for, and no two alike`(count: Int) throws {
        let random = try WolfRandom(.device)
        let (first, second) = try (random.bytes(count), random.bytes(count))
        #expect(count < 31 || first != second)
        // Of bytes from a good source about one in 256 is zero; a tail that was not written would be all zeros.
        #expect(count < 256 || first.suffix(64).contains { $0 != 0 })
    }

    @Test(arguments: 3...9)
    func `what is asked for in small pieces is given once`(count: Int) throws {
        let random = try WolfRandom(.device)
        // The pieces of one thread lie in fetches of 128 bytes, whose end is not always a piece's.
        let pieces = try (0..<200).map { _ in try random.bytes(count) }
        let others = try onOwnThread { try (0..<200).map { _ in try WolfRandom(.device).bytes(count) } }
        // Two of 400 pieces of 3 bytes are alike in one run of 210, four pairs in one of many millions.
        #expect(Set(pieces + others).count >= 397)
        let bytes = pieces.joined()
        // A byte that was not written, or was wiped before it was given, would be zero in one piece after the other.
        #expect(bytes.count { $0 == 0 } < bytes.count / 32)
    }

    @Test func `a child of the process is not given what its parent is`() throws {
        let random = try WolfRandom(.device)
        // Something is fetched ahead from here on.
        _ = try random.bytes(8)
        let number = try #require(dlsym(nil, "fork"))
        let fork = unsafeBitCast(number, to: (@convention(c) () -> pid_t).self)
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let child = fork()
        if child == 0 {
            let bytes = (try? random.bytes(8)) ?? []
            _ = write(ends[1], bytes, bytes.count)
            _exit(0)
        }
        // The end of what the child writes is seen, even if it writes nothing.
        close(ends[1])
        try #require(child > 0)
        var status: Int32 = 0
        #expect(waitpid(child, &status, 0) == child)
        var bytes = [UInt8](repeating: 0, count: 8)
        #expect(read(ends[0], &bytes, bytes.count) == 8)
        #expect(try random.bytes(8) != bytes)
    }

    @Test(arguments: AESGCMTests.keyByteCounts)
    func `a key is expanded for the library when the device leaves it a message, and not before`(
        keyByteCount: Int
    ) throws {
        let key = patternBytes(keyByteCount, seed: keyByteCount)
        let aes = try WolfAES(.device, key: key)
        let sealed = try aes.encrypt([1, 2, 3], nonce: patternBytes(12, seed: 1), additionalData: [])
        #expect(!aes.hasSchedule)
        let byLibrary = try aes.encrypt([1, 2, 3], nonce: patternBytes(16, seed: 1), additionalData: [])
        #expect(aes.hasSchedule)
        let library = try WolfAES(.library, key: key)
        #expect(library.hasSchedule)
        #expect(
            try byLibrary == library.encrypt([1, 2, 3], nonce: patternBytes(16, seed: 1), additionalData: [])
        )
        #expect(try sealed == library.encrypt([1, 2, 3], nonce: patternBytes(12, seed: 1), additionalData: []))
    }

    @Test(arguments: [8, 12, 16])
    func `a message that the device leaves to the library keeps the nonce that the object counts`(nonceByteCount: Int)
        throws
    {
        let key = patternBytes(16, seed: 4)
        let plaintexts = (0..<4).map { patternBytes(100, seed: $0) }
        let nonce = patternBytes(nonceByteCount, seed: 5)
        let byDevice = try WolfAES(.device, key: key).encryptCounting(plaintexts, firstNonce: nonce)
        let byLibrary = try WolfAES(.library, key: key).encryptCounting(plaintexts, firstNonce: nonce)
        #expect(byDevice.map(\.nonce) == byLibrary.map(\.nonce))
        #expect(Set(byDevice.map(\.nonce)).count == plaintexts.count)
        #expect(byDevice.map(\.ciphertext) == byLibrary.map(\.ciphertext))
    }

    @Test func `a key of a wrong length is refused as the library refuses it`() throws {
        for worker in Worker.allCases {
            for keyByteCount in [0, 15, 17, 33] {
                #expect(throws: WolfAES.Failure(code: BAD_FUNC_ARG.asInt32)) {
                    _ = try WolfAES(worker, key: patternBytes(keyByteCount, seed: 1))
                }
            }
        }
    }

    @Test func `a message that the device leaves to the library is opened after a new key, too`() throws {
        let device = try WolfAES(.device, key: patternBytes(16, seed: 1))
        let nonce = patternBytes(13, seed: 2)
        for seed in 3..<6 {
            let key = patternBytes(32, seed: seed)
            try device.rekey(key, initialising: false, worker: .device)
            let sealed = try WolfAES(.library, key: key).encrypt([7, 8], nonce: nonce, additionalData: [9])
            let opened = device.decrypt(sealed.ciphertext, tag: sealed.tag, nonce: nonce, additionalData: [9])
            #expect(opened.code == 0)
            #expect(opened.output == [7, 8])
        }
    }
}
#endif
