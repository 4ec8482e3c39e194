#if HardwareCrypto
import CHardwareCrypto
import CWolfSSLShims

/// Random bytes for the library's generators, of which each session has one, and for libcrypto: the kernel's.
///
/// Source: getrandom(2); NIST SP 800-90A §8.6.5.
enum KernelRandom {
    /// Makes libcrypto take its random bytes here, too. To be called once, at the registration.
    ///
    /// - Returns: false while the kernel's generator is not to be had; nothing has changed then.
    static func serve() -> Bool { hardware_crypto_use_kernel_random() == 1 }

    /// Answers `WC_ALGO_TYPE_SEED` and `WC_ALGO_TYPE_RNG`. A nonce's few bytes are fetched ahead, sixteen times as many.
    ///
    /// - Returns: 0, with all bytes filled, or `CRYPTOCB_UNAVAILABLE`: the library then does as it would alone, or
    ///   refuses, where it was spared a generator of its own. Never waits.
    static func fill(_ bytes: UnsafeMutablePointer<UInt8>?, _ byteCount: UInt32) -> Int32 {
        guard let bytes, hardware_crypto_few_random(bytes, Int(byteCount)) == 1 else {
            return Int32(CRYPTOCB_UNAVAILABLE)
        }
        return 0
    }
}
#endif
