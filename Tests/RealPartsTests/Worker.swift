import DuplexTLS
import HardwareCrypto

/// Who does a proxy's AES-GCM.
enum Worker: String, CaseIterable, Sendable {
    /// wolfSSL's own code.
    case library
    /// libcrypto through the crypto callback; the library where the trait is off or the machine has no AES instructions.
    case hardware

    /// Swift runs this once, before the first proxy of the process is made: the library's table of devices has no lock.
    private static let registered: Result<CryptoDevice?, any Error> = Result {
        try TLSLibrary.initialise()
        return HardwareCrypto.register().deviceID.map { CryptoDevice(id: $0) }
    }

    var device: CryptoDevice? {
        get throws {
            let device = try Self.registered.get()
            return self == .hardware ? device : nil
        }
    }
}
