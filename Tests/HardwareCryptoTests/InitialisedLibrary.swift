#if HardwareCrypto
import CWolfSSLShims
import DuplexTLS
import HardwareCrypto
import Testing

/// The library, initialised once for all the tests of a process, and the device registered with it.
///
/// `wolfSSL_Init` has no lock of its own (its count of references is a plain integer), so every test of the process
/// goes through the one static in `TLSLibrary`.
enum InitialisedLibrary {
    static let deviceID: Result<Int32, any Error> = Result {
        try TLSLibrary.initialise()
        return try #require(HardwareCrypto.register().deviceID)
    }
}

/// Who does the cryptography of a test's object.
enum Worker: String, CaseIterable, Sendable {
    case library, device

    func deviceID() throws -> Int32 {
        let deviceID = try InitialisedLibrary.deviceID.get()
        return self == .device ? deviceID : INVALID_DEVID
    }
}
#endif
