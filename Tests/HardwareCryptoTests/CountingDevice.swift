#if HardwareCrypto
import CWolfSSLShims
import Synchronization

/// A device that counts what it is asked for and does nothing, so that the library does it all.
enum CountingDevice {
    /// "test" in ASCII.
    static let id: Int32 = 0x7465_7374

    struct Counts: Equatable {
        var x25519KeysMade = 0
        var x25519Secrets = 0
        var hashes = 0
    }

    private static let counts = Mutex(Counts())

    /// Registers the device for the time of `body`.
    ///
    /// - Returns: what the device was asked for.
    static func counting(_ body: () throws -> Void) throws -> Counts {
        _ = try InitialisedLibrary.deviceID.get()
        reset()
        let registered = wc_CryptoCb_RegisterDevice(
            id,
            { _, info, _ in
                if let info { CountingDevice.count(info) }
                return CRYPTOCB_UNAVAILABLE.asInt32
            },
            nil
        )
        guard registered == 0 else { throw WolfFailure(code: registered) }
        defer { wc_CryptoCb_UnRegisterDevice(id) }
        try body()
        return counts.withLock { $0 }
    }

    /// Forgets what was counted so far.
    static func reset() { counts.withLock { $0 = Counts() } }

    private static func count(_ info: UnsafeMutablePointer<wc_CryptoInfo>) {
        let family = info.pointee.algo_type
        let type = info.pointee.pk.type
        counts.withLock {
            switch family {
            case WC_ALGO_TYPE_HASH.asInt32: $0.hashes += 1
            case WC_ALGO_TYPE_PK.asInt32 where type == WC_PK_TYPE_CURVE25519_KEYGEN.asInt32: $0.x25519KeysMade += 1
            case WC_ALGO_TYPE_PK.asInt32 where type == WC_PK_TYPE_CURVE25519.asInt32: $0.x25519Secrets += 1
            default: break
            }
        }
    }
}
#endif
