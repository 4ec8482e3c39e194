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

    @Test(arguments: Worker.allCases)
    func `a session's transcripts by MD5 and SHA-1 absorb nothing, and its copies neither`(worker: Worker) throws {
        let transcript = try Transcript(worker, inSlot: true)
        let absorbs = worker == .library || !Transcript.hasSlots
        try transcript.absorb([1, 2, 3])
        let copy = try Transcript(copying: transcript)
        for hashes in [transcript, copy] {
            try hashes.absorb([4])
            let digests = try hashes.digests()
            #expect(digests.md5 == (absorbs ? Transcript.md5 : [UInt8](repeating: 0, count: 16)))
            #expect(digests.sha == (absorbs ? Transcript.sha : [UInt8](repeating: 0, count: 20)))
        }
    }

    @Test func `other hashes of the device's by MD5 and SHA-1 are the library's`() throws {
        let hashes = try Transcript(.device, inSlot: false)
        try hashes.absorb([1, 2, 3, 4])
        let digests = try hashes.digests()
        #expect(digests.md5 == Transcript.md5)
        #expect(digests.sha == Transcript.sha)
    }
}

/// A pair of the library's hashes, where it lays a session's or on the heap.
private final class Transcript {
    /// Of the bytes 1, 2, 3, 4.
    static let md5: [UInt8] = [
        0x08, 0xd6, 0xc0, 0x5a, 0x21, 0x51, 0x2a, 0x79, 0xa1, 0xdf, 0xeb, 0x9d, 0x2a, 0x8f, 0x26, 0x2f,
    ]
    static let sha: [UInt8] = [
        0x12, 0xda, 0xda, 0x1f, 0xff, 0x4d, 0x47, 0x87, 0xad, 0xe3, 0x33, 0x31, 0x47, 0x20, 0x2c, 0x3b, 0x44, 0x3e,
        0x37,
        0x6f,
    ]

    /// Not under AddressSanitizer.
    static let hasSlots: Bool = {
        guard let slot = duplex_slot_open() else { return false }
        duplex_slot_close(slot)
        return true
    }()

    private let block: UnsafeMutableRawPointer
    private let isInSlot: Bool
    private var md5: UnsafeMutablePointer<wc_Md5> { block.assumingMemoryBound(to: wc_Md5.self) }
    private var sha: UnsafeMutablePointer<wc_Sha> { (block + 512).assumingMemoryBound(to: wc_Sha.self) }

    private init(inSlot: Bool) {
        let slot = inSlot ? duplex_slot_open() : nil
        let laid = slot.flatMap { duplex_slot_allocate($0, 1024) }
        if let slot { duplex_slot_close(slot) }
        isInSlot = laid != nil
        block = laid ?? .allocate(byteCount: 1024, alignment: 16)
    }

    convenience init(_ worker: Worker, inSlot: Bool) throws {
        self.init(inSlot: inSlot)
        let deviceID = try worker.deviceID()
        try Self.check(wc_InitMd5_ex(md5, nil, deviceID))
        try Self.check(wc_InitSha_ex(sha, nil, deviceID))
    }

    convenience init(copying other: Transcript) throws {
        self.init(inSlot: false)
        try Self.check(wc_Md5Copy(other.md5, md5))
        try Self.check(wc_ShaCopy(other.sha, sha))
    }

    deinit {
        wc_Md5Free(md5)
        wc_ShaFree(sha)
        if isInSlot { duplex_slot_release(block) } else { block.deallocate() }
    }

    func absorb(_ bytes: [UInt8]) throws {
        try Self.check(wc_Md5Update(md5, bytes, UInt32(bytes.count)))
        try Self.check(wc_ShaUpdate(sha, bytes, UInt32(bytes.count)))
    }

    func digests() throws -> (md5: [UInt8], sha: [UInt8]) {
        // Bytes that a digest must replace.
        var (first, second) = ([UInt8](repeating: 0xee, count: 16), [UInt8](repeating: 0xee, count: 20))
        try Self.check(wc_Md5GetHash(md5, &first))
        try Self.check(wc_ShaGetHash(sha, &second))
        return (first, second)
    }

    private static func check(_ status: Int32) throws {
        if status != 0 { throw WolfFailure(code: status) }
    }
}
#endif
