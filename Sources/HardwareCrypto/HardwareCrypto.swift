#if HardwareCrypto
import Synchronization
#endif

/// A wolfSSL crypto-callback device over libcrypto's EVP.
///
/// The packaged wolfSSL has no AES instructions in it; libcrypto has. A `WOLFSSL_CTX` that is given this device's
/// number with `wolfSSL_CTX_SetDevId` before its objects are made has its AES-GCM records, its signatures, its key
/// exchanges and its hashes computed by libcrypto. Whatever the device does not do it answers with
/// `CRYPTOCB_UNAVAILABLE`, and the library does it itself, so that setting the number changes speed; it makes one thing
/// stricter, the refusal of an X25519 secret of zeros (RFC 8446 §7.4.2).
///
/// With the package trait `HardwareCrypto` off nothing of libcrypto is linked and `register()` says `.notBuiltIn`.
///
/// Files, in the order of a call: `CryptoDevice` (registration, dispatch); the families `AESGCM`, `RSA`, `ECDSA`,
/// `ECDH`, `X25519`, `SHA2` and `KernelRandom`; what they keep: `ThreadContexts` and `GCMContext` for a thread,
/// `KeyCache` and `CachedKey` for a certificate. What has to be C is in CHardwareCrypto.
/// Source: wolfSSL manual ch. 6, "Crypto Callbacks"; wolfssl/wolfcrypt/cryptocb.h.
public enum HardwareCrypto {
    /// Registers the device with wolfSSL, after libcrypto has given the right answers to known questions.
    ///
    /// Only the first call does anything; later calls return its answer. It takes one reference on wolfCrypt
    /// (`wolfCrypt_Init`), held for the life of the process, because the library clears its table of devices when
    /// its count of references starts again from zero. It also makes libcrypto take its random bytes from the kernel,
    /// for all of the process.
    ///
    /// - Returns: `.active` with the device's number, or why there is none. It never stops the program.
    /// - Thread: any; but call it before other threads use wolfSSL and not beside `wolfSSL_Init`, as the library's
    ///   table of devices and its counts of references have no lock.
    @discardableResult
    public static func register() -> HardwareCryptoStatus {
        #if HardwareCrypto
        CryptoDevice.registration
        #else
        .notBuiltIn
        #endif
    }

    /// What `register()` answers; asking registers.
    public static var status: HardwareCryptoStatus { register() }

    /// Frees what the calling thread holds: its keyed contexts, whose keys are wiped, and libcrypto's own state of the
    /// thread (an error queue).
    ///
    /// Never needed for correctness: it is all freed when the thread ends, and there are at most two contexts. Useful
    /// on a thread that lives on after its last session, and after a handshake on a thread that will only read or only
    /// write from then on. The next record keys a context again (under a microsecond).
    ///
    /// - Thread: acts on the calling thread; must not be called from inside a wolfSSL callback.
    public static func releaseThreadContexts() {
        #if HardwareCrypto
        CryptoDevice.releaseThreadContexts()
        #endif
    }

    /// Lets go of the private keys that the device has converted, and wipes them once no operation uses them.
    ///
    /// Never needed for correctness, as keys are found by their contents and the least recently used one makes room.
    /// To be called when certificates are unloaded. The next handshake with a certificate converts its key again.
    ///
    /// - Thread: any.
    public static func releaseKeys() {
        #if HardwareCrypto
        CryptoDevice.releaseKeys()
        #endif
    }

    /// Converted private keys alive in the process: at most 256, and those that operations still use.
    package static var liveKeyCount: Int {
        #if HardwareCrypto
        CachedKey.liveCount.load(ordering: .relaxed)
        #else
        0
        #endif
    }

    /// libcrypto's contexts kept with converted private keys: none once the keys are gone.
    package static var liveKeyContextCount: Int {
        #if HardwareCrypto
        CachedKey.liveContextCount.load(ordering: .relaxed)
        #else
        0
        #endif
    }

    /// Keyed libcrypto contexts alive in the process: at most two for each thread that did AES-GCM and still runs.
    package static var liveContextCount: Int {
        #if HardwareCrypto
        GCMContext.liveCount.load(ordering: .relaxed)
        #else
        0
        #endif
    }
}
