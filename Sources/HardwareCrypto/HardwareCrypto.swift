#if HardwareCrypto
import Synchronization
#endif

/// A wolfSSL crypto-callback device over libcrypto's EVP.
///
/// The packaged wolfSSL has no AES instructions in it; libcrypto has. A `WOLFSSL_CTX` that is given this device's
/// number with `wolfSSL_CTX_SetDevId` before its objects are made sends AES-GCM records through libcrypto. Whatever
/// the device does not do it answers with `CRYPTOCB_UNAVAILABLE`, and the library does it itself, so that setting
/// the number can only change speed.
///
/// With the package trait `HardwareCrypto` off nothing of libcrypto is linked and `register()` says `.notBuiltIn`.
///
/// Files, in the order of a call: `CryptoDevice` (registration, dispatch), `AESGCM` (one algorithm family),
/// `ThreadContexts` (what a thread keeps), `GCMContext` (one keyed EVP context).
/// Source: wolfSSL manual ch. 6, "Crypto Callbacks"; wolfssl/wolfcrypt/cryptocb.h.
public enum HardwareCrypto {
    /// Registers the device with wolfSSL, after libcrypto has given the right answers to known questions.
    ///
    /// Only the first call does anything; later calls return its answer. It takes one reference on wolfCrypt
    /// (`wolfCrypt_Init`), held for the life of the process, because the library clears its table of devices when
    /// its count of references starts again from zero.
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

    /// Frees the keyed contexts that the calling thread holds, and wipes their keys.
    ///
    /// Never needed for correctness: a thread's contexts are freed when it ends, and there are at most two of them.
    /// Useful on a thread that lives on after its last session, and after a handshake on a thread that will only
    /// read or only write from then on. The next record keys a context again (under a microsecond).
    ///
    /// - Thread: acts on the calling thread; must not be called from inside a wolfSSL callback.
    public static func releaseThreadContexts() {
        #if HardwareCrypto
        CryptoDevice.releaseThreadContexts()
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
