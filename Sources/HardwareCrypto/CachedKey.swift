#if HardwareCrypto
import CLibCrypto
import Glibc
import Synchronization

/// A private key of the library that was converted for libcrypto, with a copy of what it was converted from.
///
/// The copy tells whether a key that the library presents is this one: in full, as a fingerprint can be equal by
/// chance or by intent. It is wiped when the key goes, as are libcrypto's own numbers (`EVP_PKEY_free`).
///
/// `@unchecked Sendable`: the key and the copy never change after `init`, libcrypto allows a key to be used by many
/// threads at once (openssl-threads(7)), and the idle contexts are guarded by `lock`.
final class CachedKey: @unchecked Sendable {
    /// Converted keys alive in the process.
    static let liveCount = Atomic<Int>(0)
    /// Contexts for which a key is kept, alive in the process.
    static let liveContextCount = Atomic<Int>(0)

    /// Contexts kept when nobody uses them: as many operations as run at once on one key without making a context,
    /// which costs 2.7 µs beside the 25 µs of a P-256 signature.
    private static let idleContextLimit = 8

    /// The `EVP_PKEY`.
    let handle: OpaquePointer
    let fingerprint: UInt64

    private let kind: KeyMaterial.Kind
    private let copy: UnsafeMutableRawBufferPointer
    private let partByteCounts: [Int]

    private let lock = PthreadMutex()
    private var idleContexts: [OpaquePointer] = []

    /// Takes ownership of `handle`.
    init(_ material: KeyMaterial, handle: OpaquePointer) {
        self.handle = handle
        fingerprint = material.fingerprint
        kind = material.kind
        partByteCounts = (0..<material.partCount).map { material[$0].count }
        copy = .allocate(byteCount: partByteCounts.reduce(0, +), alignment: MemoryLayout<UInt64>.alignment)
        var offset = 0
        for index in 0..<material.partCount {
            UnsafeMutableRawBufferPointer(rebasing: copy[offset...]).copyMemory(from: material[index])
            offset += material[index].count
        }
        idleContexts.reserveCapacity(Self.idleContextLimit)
        Self.liveCount.add(1, ordering: .relaxed)
    }

    deinit {
        idleContexts.forEach(Self.freeContext)
        EVP_PKEY_free(handle)
        OPENSSL_cleanse(copy.baseAddress, copy.count)
        copy.deallocate()
        Self.liveCount.subtract(1, ordering: .relaxed)
    }

    /// Whether `material` is the key that this one was made from. The time tells nothing of where two keys differ.
    func isMade(from material: KeyMaterial) -> Bool {
        guard material.kind == kind, material.partCount == partByteCounts.count else { return false }
        var difference: UInt64 = 0
        var offset = 0
        for index in 0..<partByteCounts.count {
            let part = material[index]
            guard part.count == partByteCounts[index] else { return false }
            difference |= Self.difference(of: part, from: copy, at: offset)
            offset += part.count
        }
        return difference == 0
    }

    /// 0 if `part` is what `copy` has at `offset`, found in a time that depends on the size alone. Eight bytes at once, as
    /// libcrypto's `CRYPTO_memcmp` takes 2 µs for an RSA key.
    private static func difference(
        of part: UnsafeRawBufferPointer,
        from copy: UnsafeMutableRawBufferPointer,
        at offset: Int
    ) -> UInt64 {
        let wordByteCount = MemoryLayout<UInt64>.size
        var difference: UInt64 = 0
        var index = 0
        while index + wordByteCount <= part.count {
            difference |=
                part.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                ^ copy.loadUnaligned(fromByteOffset: offset + index, as: UInt64.self)
            index += wordByteCount
        }
        while index < part.count {
            difference |= UInt64(part[index] ^ copy[offset + index])
            index += 1
        }
        return difference
    }

    /// Runs `operation` with an `EVP_PKEY_CTX` that `prepare` once made ready for it. No lock is held meanwhile.
    ///
    /// - Parameter prepare: the initialisation for the one operation that contexts of this key are kept for; false if
    ///   libcrypto refuses.
    /// - Returns: what `operation` returns, or `nil` if there is no context.
    func withContext<Value>(
        prepare: (OpaquePointer) -> Bool,
        _ operation: (OpaquePointer) -> Value
    ) -> Value? {
        guard let context = lock.withLock({ idleContexts.popLast() }) ?? makeContext(prepare) else { return nil }
        let value = operation(context)
        let isKept = lock.withLock {
            guard idleContexts.count < Self.idleContextLimit else { return false }
            idleContexts.append(context)
            return true
        }
        if !isKept { Self.freeContext(context) }
        return value
    }

    private func makeContext(_ prepare: (OpaquePointer) -> Bool) -> OpaquePointer? {
        guard let context = EVP_PKEY_CTX_new_from_pkey(nil, handle, nil) else { return nil }
        Self.liveContextCount.add(1, ordering: .relaxed)
        guard prepare(context) else {
            Self.freeContext(context)
            return nil
        }
        return context
    }

    private static func freeContext(_ context: OpaquePointer) {
        EVP_PKEY_CTX_free(context)
        liveContextCount.subtract(1, ordering: .relaxed)
    }
}
#endif
