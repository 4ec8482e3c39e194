#if HardwareCrypto
import CWolfSSLShims

/// The library's hashes that the device has a part in.
enum HashKind: CaseIterable, Sendable {
    case sha256, sha384, sha512, sha512_256

    var type: wc_HashType {
        switch self {
        case .sha256: WC_HASH_TYPE_SHA256
        case .sha384: WC_HASH_TYPE_SHA384
        case .sha512: WC_HASH_TYPE_SHA512
        case .sha512_256: WC_HASH_TYPE_SHA512_256
        }
    }

    var digestByteCount: Int {
        switch self {
        case .sha256, .sha512_256: 32
        case .sha384: 48
        case .sha512: 64
        }
    }
}

/// One hash object of the library on the heap.
final class WolfHash {
    let pointer = UnsafeMutablePointer<wc_HashAlg>.allocate(capacity: 1)
    private let kind: HashKind

    init(_ kind: HashKind, _ worker: Worker) throws {
        self.kind = kind
        let status = try wc_HashInit_ex(pointer, kind.type, nil, worker.deviceID())
        if status != 0 { throw WolfFailure(code: status) }
    }

    /// The same state in an object of its own, as the library copies transcripts.
    init(copying other: WolfHash) throws {
        kind = other.kind
        let status =
            switch kind {
            case .sha256: wc_Sha256Copy(&other.pointer.pointee.sha256, &pointer.pointee.sha256)
            case .sha384: wc_Sha384Copy(&other.pointer.pointee.sha384, &pointer.pointee.sha384)
            case .sha512, .sha512_256: wc_Sha512Copy(&other.pointer.pointee.sha512, &pointer.pointee.sha512)
            }
        if status != 0 { throw WolfFailure(code: status) }
    }

    deinit {
        wc_HashFree(pointer, kind.type)
        pointer.deallocate()
    }

    func update(_ bytes: some Collection<UInt8>) throws {
        let status = wc_HashUpdate(pointer, kind.type, Array(bytes), UInt32(bytes.count))
        if status != 0 { throw WolfFailure(code: status) }
    }

    /// The digest; the object then is as it was before the first byte.
    func digest() throws -> [UInt8] {
        // With room that must stay as it is.
        var digest = [UInt8](repeating: 0xee, count: kind.digestByteCount + 64)
        let status = wc_HashFinal(pointer, kind.type, &digest)
        if status != 0 { throw WolfFailure(code: status) }
        guard digest.dropFirst(kind.digestByteCount).allSatisfy({ $0 == 0xee }) else { throw WolfFailure(code: 1) }
        return Array(digest.prefix(kind.digestByteCount))
    }

    /// Gives the object to another worker in the middle of its message.
    func hand(to worker: Worker) throws {
        let deviceID = try worker.deviceID()
        switch kind {
        case .sha256: pointer.pointee.sha256.devId = deviceID
        case .sha384: pointer.pointee.sha384.devId = deviceID
        case .sha512, .sha512_256: pointer.pointee.sha512.devId = deviceID
        }
    }

    /// Makes the object believe that it has absorbed `count` bytes, a whole number of blocks.
    func pretendAbsorbed(_ count: UInt64) {
        switch kind {
        case .sha256:
            pointer.pointee.sha256.loLen = UInt32(truncatingIfNeeded: count)
            pointer.pointee.sha256.hiLen = UInt32(count >> 32)
        case .sha384:
            pointer.pointee.sha384.loLen = word64(count)
        case .sha512, .sha512_256:
            pointer.pointee.sha512.loLen = word64(count)
        }
    }
}
#endif
