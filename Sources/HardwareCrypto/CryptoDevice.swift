#if HardwareCrypto
import CHardwareCrypto
import CLibCrypto
import CWolfSSLShims

/// The device: its registration with wolfSSL, and the one function that wolfSSL calls.
///
/// An algorithm family is one file, with a function for each call that it answers. To add one: a case in `answer`,
/// and in `State` what the family keeps for the life of the process.
enum CryptoDevice {
    /// The number under which wolfSSL knows the device: "lcry" in ASCII. Any value but `INVALID_DEVID` (-2) would do.
    private static let deviceID: Int32 = 0x6c63_7279

    /// What the callback needs; complete before the device is registered, never changed after.
    private struct State: Sendable {
        let threadContexts: ThreadContextsKey
        let aesGCM: AESGCM
        let keys: KeyCache
        // What a provider does not offer is the library's.
        let rsa: RSA?
        let ecdsa: ECDSA?
        let ecdh: ECDH?
        let x25519: X25519?
        let sha2: SHA2?

        init(threadContexts: ThreadContextsKey, aesGCM: AESGCM) {
            self.threadContexts = threadContexts
            self.aesGCM = aesGCM
            let keys = KeyCache()
            self.keys = keys
            let hasReadableNumbers = LibraryNumber.areReadable()
            let curves = hasReadableNumbers ? NamedCurves() : nil
            rsa = hasReadableNumbers ? RSA(keys: keys) : nil
            ecdsa = curves.map { ECDSA(curves: $0, keys: keys) }
            ecdh = curves.map { ECDH(curves: $0) }
            x25519 = X25519()
            sha2 = SHA2()
        }

        /// The families in use, for the log. Only once the device is registered.
        var summary: String {
            let families: [(name: String, isUsed: Bool)] = [
                ("AES-GCM", true), ("RSA", rsa != nil), ("ECDSA", ecdsa != nil), ("ECDH", ecdh != nil),
                (reachesTLS13 ? "X25519" : "X25519 (TLS 1.2 only)", x25519 != nil), ("SHA-2", sha2 != nil),
            ]
            return families.filter(\.isUsed).map(\.name).joined(separator: ", ")
        }

        private var reachesTLS13: Bool { hardware_crypto_reaches_curve25519(deviceID) == 1 }
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
        // A generator of the library's own has to be there where the device has none.
        if KernelRandom.serve() { hardware_crypto_spare(deviceID) }
        return .active(deviceID: deviceID, summary: "\(state.summary) by \(LibCryptoVersion.summary)")
    }

    /// wolfSSL asks: do this, or say that you cannot. No lock is held while libcrypto computes.
    ///
    /// - Returns: 0, a wolfCrypt error, or `CRYPTOCB_UNAVAILABLE`: the library then does it itself.
    private static func answer(
        _ info: UnsafeMutablePointer<wc_CryptoInfo>,
        _ state: UnsafeMutablePointer<State>
    ) -> Int32 {
        switch info.pointee.algo_type {
        case Int32(WC_ALGO_TYPE_CIPHER.rawValue) where info.pointee.cipher.type == Int32(WC_CIPHER_AES_GCM.rawValue):
            state.pointee.aesGCM.answer(info, state.pointee.threadContexts)
        case Int32(WC_ALGO_TYPE_HASH.rawValue):
            state.pointee.sha2?.answer(info) ?? Int32(CRYPTOCB_UNAVAILABLE)
        case Int32(WC_ALGO_TYPE_PK.rawValue):
            answerPublicKey(info, state) ?? Int32(CRYPTOCB_UNAVAILABLE)
        case Int32(WC_ALGO_TYPE_RNG.rawValue):
            KernelRandom.fill(info.pointee.rng.out, info.pointee.rng.sz)
        case Int32(WC_ALGO_TYPE_SEED.rawValue):
            KernelRandom.fill(info.pointee.seed.seed, info.pointee.seed.sz)
        default:
            Int32(CRYPTOCB_UNAVAILABLE)
        }
    }

    /// `nil` for what no family answers.
    private static func answerPublicKey(
        _ info: UnsafeMutablePointer<wc_CryptoInfo>,
        _ state: UnsafeMutablePointer<State>
    ) -> Int32? {
        switch UInt32(bitPattern: info.pointee.pk.type) {
        case WC_PK_TYPE_RSA.rawValue: state.pointee.rsa?.answer(info, state.pointee.threadContexts)
        case WC_PK_TYPE_ECDSA_SIGN.rawValue: state.pointee.ecdsa?.sign(info)
        case WC_PK_TYPE_ECDSA_VERIFY.rawValue: state.pointee.ecdsa?.verify(info)
        case WC_PK_TYPE_EC_KEYGEN.rawValue: state.pointee.ecdh?.generateKey(info)
        case WC_PK_TYPE_ECDH.rawValue: state.pointee.ecdh?.sharedSecret(info)
        case WC_PK_TYPE_CURVE25519_KEYGEN.rawValue: state.pointee.x25519?.generateKey(info)
        case WC_PK_TYPE_CURVE25519.rawValue: state.pointee.x25519?.sharedSecret(info)
        default: nil
        }
    }

    /// What a family returns when libcrypto fails half way with nothing decided: its errors are forgotten, and the
    /// library does it all itself.
    static func leaveToLibrary() -> Int32 {
        ERR_clear_error()
        return Int32(CRYPTOCB_UNAVAILABLE)
    }

    static func releaseThreadContexts() {
        guard case .success(let state) = prepared else { return }
        state.threadContexts.releaseThisThread()
        // libcrypto's own: the error queue, made again when it is needed.
        OPENSSL_thread_stop()
    }

    static func releaseKeys() {
        guard case .success(let state) = prepared else { return }
        state.keys.removeAll()
    }
}
#endif
