internal import DuplexTLS
internal import HardwareCrypto

/// What this program is and what it runs on.
enum Version {
    /// The daemon's version (semantic versioning).
    static let number = "0.1.0"

    /// Three lines: the daemon, the TLS library at run time, hardware crypto.
    static var text: String {
        """
        duplexd \(number)
        wolfSSL \(TLSLibrary.version)
        hardware crypto: \(HardwareCrypto.status)
        """
    }
}
