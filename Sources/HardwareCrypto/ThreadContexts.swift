#if HardwareCrypto
import CLibCrypto
import Glibc

/// The keyed contexts of one thread: one that encrypts and one that decrypts, each for the key it was last asked for;
/// and the last RSA signature.
///
/// Why a thread owns them, and not the library's `Aes` object: an `Aes` has a field for a device's context
/// (`devCtx`), but the library gives no sign when the object goes. `wc_AesFree` does not call the device (there is
/// no `WOLF_CRYPTO_CB_FREE` in 5.5.4), and a KeyUpdate frees, zeroes and initialises the same `Aes` in place, after
/// which the pointer is lost. A table by the address of the `Aes` would serve a dead object's key to the next one at
/// that address. Here a context is found by the *bytes of the key*, so it cannot be stale, nothing points from the
/// library's memory to ours, and nothing has to be told when a session or a key ends:
/// - a new key overwrites the last one of that direction, so that KeyUpdates and sessions add nothing, and a retired
///   traffic key is gone with the first record under its successor;
/// - the thread's end frees and wipes both, by the destructor of a pthread key;
/// - no context is ever seen by two threads, so no lock is needed, not even the session's.
///
/// The price: two sessions that take turns on one thread key a context again for each record, measured at 0.3 µs
/// (a 16 KiB record takes 6 µs). A thread that stays with one session, as a connection's reader and writer do, keys
/// once for each traffic key. Finding the context and comparing the key takes about 5 ns.
struct ThreadContexts: ~Copyable {
    var encrypting = GCMContext(direction: .encrypt)
    var decrypting = GCMContext(direction: .decrypt)
    var checkedSignature = CheckedSignature()
}

/// The thread-specific data key under which each thread keeps its `ThreadContexts`. Never deleted.
struct ThreadContextsKey: Sendable {
    private let key: pthread_key_t

    /// `nil` if the process has no key left.
    init?() {
        var key = pthread_key_t()
        let failure = pthread_key_create(&key) { contexts in
            guard let contexts else { return }
            ThreadContextsKey.free(contexts)
        }
        guard failure == 0 else { return nil }
        self.key = key
    }

    /// The calling thread's contexts, made on its first call; `nil` without memory. Valid until the thread ends or
    /// releases them; for the calling thread only.
    func ofThisThread() -> UnsafeMutablePointer<ThreadContexts>? {
        if let known = pthread_getspecific(key) {
            return known.assumingMemoryBound(to: ThreadContexts.self)
        }
        let made = UnsafeMutablePointer<ThreadContexts>.allocate(capacity: 1)
        made.initialize(to: ThreadContexts())
        guard pthread_setspecific(key, made) == 0 else {
            Self.free(made)
            return nil
        }
        return made
    }

    func releaseThisThread() {
        guard let contexts = pthread_getspecific(key) else { return }
        // Forgotten first, so that the destructor cannot meet it again. Setting nil on a valid key cannot fail.
        pthread_setspecific(key, nil)
        Self.free(contexts)
    }

    private static func free(_ contexts: UnsafeMutableRawPointer) {
        let contexts = contexts.assumingMemoryBound(to: ThreadContexts.self)
        contexts.deinitialize(count: 1)
        OPENSSL_cleanse(contexts, MemoryLayout<ThreadContexts>.size)
        contexts.deallocate()
    }
}
#endif
