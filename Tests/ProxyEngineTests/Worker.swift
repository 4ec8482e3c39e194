import DuplexTLS
import HardwareCrypto

/// Who does the cryptography of a test's sessions.
enum Worker: String, Sendable, CaseIterable {
    case library, device

    /// The crypto device; nil for the library itself, or when the package was built without one.
    func device() throws -> CryptoDevice? {
        guard self == .device else { return nil }
        return try Self.registered.get()
    }

    /// Registered once a process, after the library was initialised.
    private static let registered: Result<CryptoDevice?, any Error> = Result {
        try TLSLibrary.initialise()
        return HardwareCrypto.register().deviceID.map { CryptoDevice(id: $0) }
    }
}
