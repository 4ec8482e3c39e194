#if HardwareCrypto
import CLibCrypto
import CWolfSSLShims
import Glibc

/// Seeds for the library's DRBGs, of which each session has one.
///
/// The kernel's generator by getrandom(2): what the library reads from /dev/urandom, without the three system calls
/// and the device node (4 µs a session; a sandbox may have no /dev). What the DRBG gives is the library's own.
/// Source: getrandom(2); NIST SP 800-90A §8.6.5.
enum EntropySource {
    /// Answers `WC_ALGO_TYPE_SEED`.
    ///
    /// - Returns: 0, with the whole seed filled, or `CRYPTOCB_UNAVAILABLE`: early in a boot, when the kernel's
    ///   generator is not ready, the library does as it would alone. Never waits.
    static func answer(_ info: UnsafeMutablePointer<wc_CryptoInfo>) -> Int32 {
        guard let seed = info.pointee.seed.seed else { return Int32(CRYPTOCB_UNAVAILABLE) }
        let byteCount = Int(info.pointee.seed.sz)
        var filled = 0
        while filled < byteCount {
            let count = getrandom(seed + filled, byteCount - filled, UInt32(GRND_NONBLOCK))
            if count > 0 {
                filled += count
            } else if count == 0 || errno != EINTR {
                return Int32(CRYPTOCB_UNAVAILABLE)
            }
        }
        return 0
    }
}
#endif
