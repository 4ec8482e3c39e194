#if HardwareCrypto
import CLibCrypto
import CWolfSSLShims

/// The device: its registration with wolfSSL, and the one function that wolfSSL calls.
///
/// An algorithm family is one file with one `answer` function. To add one: a case in `answer`, and in `State` what
/// the family keeps for the life of the process.
enum CryptoDevice {
    /// The number under which wolfSSL knows the device: "lcry" in ASCII. Any value but `INVALID_DEVID` (-2) would do.
    private static let deviceID: Int32 = 0x6c63_7279

    /// What the callback needs; complete before the device is registered, never changed after.
    private struct State: Sendable {
        let threadContexts: ThreadContextsKey
        let aesGCM: AESGCM
    }

    private struct Obstacle: Error {
        let reason: String
    }

    /// The outcome of the one attempt to register. Swift initialises a static once, whichever threads ask.
    static let registration: HardwareCryptoStatus = {
        switch prepared {
        case .success(let state): register(state)
        case .failure(let obstacle): .unavailable(reason: obstacle.reason)
        }
    }()

    private static let prepared: Result<State, Obstacle> = {
        // Without this flag libcrypto tears itself down in exit(), under threads that are still encrypting.
        guard OPENSSL_init_crypto(UInt64(OPENSSL_INIT_NO_ATEXIT), nil) == 1 else {
            return .failure(Obstacle(reason: "libcrypto does not initialise"))
        }
        guard let aesGCM = AESGCM() else {
            return .failure(Obstacle(reason: "libcrypto's providers offer no AES-GCM; see openssl.cnf"))
        }
        guard aesGCM.passesKnownAnswers() else {
            return .failure(Obstacle(reason: "libcrypto's AES-GCM gives wrong answers to known questions"))
        }
        guard let threadContexts = ThreadContextsKey() else {
            return .failure(Obstacle(reason: "no thread-specific data key is left (PTHREAD_KEYS_MAX)"))
        }
        return .success(State(threadContexts: threadContexts, aesGCM: aesGCM))
    }()

    private static func register(_ state: State) -> HardwareCryptoStatus {
        let initialised = wolfCrypt_Init()
        guard initialised == 0 else {
            return .unavailable(reason: "wolfCrypt_Init failed with \(initialised)")
        }
        // Never freed: the library may call the device until the process ends.
        let context = UnsafeMutablePointer<State>.allocate(capacity: 1)
        context.initialize(to: state)
        let registered = wc_CryptoCb_RegisterDevice(
            deviceID,
            { _, info, context in
                guard let info, let context else { return Int32(CRYPTOCB_UNAVAILABLE) }
                return CryptoDevice.answer(info, context.assumingMemoryBound(to: State.self))
            },
            context
        )
        guard registered == 0 else {
            context.deinitialize(count: 1)
            context.deallocate()
            return .unavailable(reason: "wc_CryptoCb_RegisterDevice failed with \(registered)")
        }
        return .active(deviceID: deviceID, summary: "AES-GCM by \(LibCryptoVersion.summary)")
    }

    /// wolfSSL asks: do this, or say that you cannot. No lock is taken, and nothing is allocated but for a new key.
    ///
    /// - Returns: 0, a wolfCrypt error, or `CRYPTOCB_UNAVAILABLE`: the library then does it itself.
    private static func answer(
        _ info: UnsafeMutablePointer<wc_CryptoInfo>,
        _ state: UnsafeMutablePointer<State>
    ) -> Int32 {
        if info.pointee.algo_type == Int32(WC_ALGO_TYPE_CIPHER.rawValue),
            info.pointee.cipher.type == Int32(WC_CIPHER_AES_GCM.rawValue)
        {
            return state.pointee.aesGCM.answer(info, state.pointee.threadContexts)
        }
        return Int32(CRYPTOCB_UNAVAILABLE)
    }

    static func releaseThreadContexts() {
        if case .success(let state) = prepared {
            state.threadContexts.releaseThisThread()
        }
    }
}
#endif
