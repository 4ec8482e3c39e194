#if HardwareCrypto
import CLibCrypto

/// The private keys that were converted for libcrypto, found by their contents.
///
/// Why by contents: for each handshake the library decodes the certificate's key anew into an object of its own, and
/// tells the device neither whose it is nor when it goes. Found by its numbers, a key can be neither stale nor
/// another's. A conversion for each handshake would cost time, and lose what libcrypto keeps beside a key: Montgomery
/// constants, and RSA's blinding.
///
/// `@unchecked Sendable`: `entries` is guarded by `lock`, which is held for the search only, never for a conversion
/// or an operation.
final class KeyCache: @unchecked Sendable {
    /// Keys kept, chosen so that a search stays short. The least recently used one goes first; a process with more
    /// certificates in use at a time converts again.
    static let standardLimit = 256

    private let limit: Int
    private let lock = PthreadMutex()
    /// The most recently used last.
    private var entries: [CachedKey] = []

    init(limit: Int = KeyCache.standardLimit) {
        self.limit = limit
    }

    var count: Int { lock.withLock { entries.count } }

    /// The converted key that `material` stands for.
    ///
    /// - Parameter convert: makes an `EVP_PKEY` of `material`, called without the lock and only if the key is not
    ///   known. Two threads that meet a new key at once may both convert it; one result is kept.
    /// - Returns: the key, which stays valid while it is referenced even if the cache lets go of it; `nil` if
    ///   libcrypto refused.
    func key(for material: KeyMaterial, convert: () -> OpaquePointer?) -> CachedKey? {
        if let known = lock.withLock({ use(material) }) { return known }
        guard let handle = convert() else { return nil }
        let made = CachedKey(material, handle: handle)
        var replaced: CachedKey?
        let kept = lock.withLock {
            if let known = use(material) { return known }
            if entries.count >= limit { replaced = entries.removeFirst() }
            entries.append(made)
            return made
        }
        // Its memory is wiped here, after the lock.
        _ = consume replaced
        return kept
    }

    /// Lets go of all keys. A key in use is freed by whoever ends using it last.
    func removeAll() {
        var removed: [CachedKey] = []
        lock.withLock { swap(&removed, &entries) }
    }

    /// Finds a key and notes its use. Only under the lock.
    private func use(_ material: KeyMaterial) -> CachedKey? {
        let fingerprint = material.fingerprint
        var index = entries.count
        while index > 0 {
            index -= 1
            let entry = entries[index]
            guard entry.fingerprint == fingerprint, entry.isMade(from: material) else { continue }
            if index != entries.count - 1 {
                entries.remove(at: index)
                entries.append(entry)
            }
            return entry
        }
        return nil
    }
}
#endif
