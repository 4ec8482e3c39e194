internal import CWolfSSL
internal import CWolfSSLShims

/// The wolfSSL library as a whole: its one-time initialisation and its version.
public enum TLSLibrary {
    /// wolfSSL's version at run time, such as "5.5.4".
    public static var version: String { String(cString: wolfSSL_lib_version()) }

    /// True once the library is initialised; false when its initialisation failed.
    ///
    /// Swift runs this once, however many threads ask at the same time.
    private static let isInitialised: Bool = {
        duplex_memory_install()
        return wolfSSL_Init() == duplex_wolfssl_success
    }()

    /// Initialises the library once. Every context does this by itself; calling it early shows a failure early.
    ///
    /// - Throws: ``TLSError`` of category `library`.
    /// - Thread: any.
    public static func initialise() throws(TLSError) {
        guard isInitialised else { throw TLSError(category: .library, reason: "wolfSSL_Init failed") }
    }

    /// Forgets what the library keeps for the calling thread: the cache of elliptic-curve multiples (1 to 3.3 MB once
    /// a thread did a handshake without a crypto device) and the error queue.
    ///
    /// - Thread: the one whose caches are to go; call it right after its handshake and before it ends.
    public static func releaseThreadCaches() {
        wc_ecc_fp_free()
        duplex_clear_errors()
    }

    /// The library's text for an error code.
    static func text(_ code: Int32) -> String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(WOLFSSL_MAX_ERROR_SZ)) { buffer in
            guard let base = buffer.baseAddress else { return "error \(code)" }
            duplex_error_text(code, base)
            return String(cString: base)
        }
    }
}
