#if HardwareCrypto
import CHardwareCrypto
import CLibCrypto
import CWolfSSLShims

// One record, on the thread that wolfSSL runs on:
//   1. take wolfSSL's pointers and lengths, or leave the call to the library      (GCMMessage)
//   2. find this thread's context, and key it if the key is another              (ThreadContexts, GCMContext)
//   3. additional data, payload, tag                                             (libcrypto, in place if asked to)
//   4. tell the library what it has to know of a record that it was not given     (CWolfSSLShims, record_opening.h)

/// AES-GCM with 128-, 192- and 256-bit keys.
///
/// Source: NIST SP 800-38D; RFC 8446 §5.2; RFC 5288; EVP_EncryptInit(3), "AEAD Interface".
///
/// `@unchecked Sendable`: the three ciphers are fetched once, only read by libcrypto, and never freed.
struct AESGCM: @unchecked Sendable {
    private let aes128: OpaquePointer
    private let aes192: OpaquePointer
    private let aes256: OpaquePointer

    /// Fetches the ciphers: once, as a fetch costs more than a record. `nil` if a provider has them not.
    init?() {
        guard let aes128 = EVP_CIPHER_fetch(nil, "AES-128-GCM", nil),
            let aes192 = EVP_CIPHER_fetch(nil, "AES-192-GCM", nil),
            let aes256 = EVP_CIPHER_fetch(nil, "AES-256-GCM", nil)
        else {
            // Asked once in the life of a process: what was fetched is left.
            ERR_clear_error()
            return nil
        }
        self.aes128 = aes128
        self.aes192 = aes192
        self.aes256 = aes256
    }

    /// Answers one `WC_CIPHER_AES_GCM` call.
    ///
    /// - Returns: 0; `AES_GCM_AUTH_E` for a false tag, with the output zeroed; `WC_HW_E` if libcrypto failed half
    ///   way, with the output zeroed; `CRYPTOCB_UNAVAILABLE`, with the output untouched, for what the device does not
    ///   do, after the library was given the key that it has been spared so far (`spared.c`); and what the library's
    ///   own code returns when that is a record which the library has not got (`record_opening.h`).
    func answer(_ info: UnsafeMutablePointer<wc_CryptoInfo>, _ threadContexts: ThreadContextsKey) -> Int32 {
        let isEncrypting = info.pointee.cipher.enc != 0
        guard let aes = isEncrypting ? info.pointee.cipher.aesgcm_enc.aes : info.pointee.cipher.aesgcm_dec.aes else {
            return Int32(CRYPTOCB_UNAVAILABLE)
        }
        guard let message = isEncrypting ? GCMMessage(encrypting: info) : GCMMessage(decrypting: info),
            let context = context(for: aes, isEncrypting, nonce: message.nonce, threadContexts)
        else {
            let expanded = hardware_crypto_expand_key(aes)
            guard expanded == 0 else { return expanded }
            return isEncrypting ? Int32(CRYPTOCB_UNAVAILABLE) : duplex_opening_leave(info)
        }
        let result = isEncrypting ? Self.encrypt(message, context) : Self.decrypt(message, context)
        if result != 0 {
            // Plaintext that did not authenticate must not be seen (SP 800-38D §7.2), nor half a record be sent.
            OPENSSL_cleanse(message.output, message.output == nil ? 0 : Int(message.byteCount))
            ERR_clear_error()
        } else if !isEncrypting {
            duplex_opening_opened()
        }
        return result
    }

    /// This thread's context, keyed for `aes` and ready for one message.
    private func context(
        for aes: UnsafeMutablePointer<Aes>,
        _ isEncrypting: Bool,
        nonce: UnsafePointer<UInt8>,
        _ threadContexts: ThreadContextsKey
    ) -> OpaquePointer? {
        guard let keyByteCount = Int(exactly: aes.pointee.keylen),
            let cipher = cipher(keyByteCount: keyByteCount),
            let contexts = threadContexts.ofThisThread()
        else { return nil }
        // The library keeps the raw key in devKey whenever it sets a key on an object that has a device.
        return withUnsafeBytes(of: &aes.pointee.devKey) { key -> OpaquePointer? in
            guard let bytes = key.baseAddress, keyByteCount <= key.count else { return nil }
            return isEncrypting
                ? contexts.pointee.encrypting.begin(
                    cipher: cipher,
                    key: bytes,
                    keyByteCount: keyByteCount,
                    nonce: nonce
                )
                : contexts.pointee.decrypting.begin(
                    cipher: cipher,
                    key: bytes,
                    keyByteCount: keyByteCount,
                    nonce: nonce
                )
        }
    }

    func cipher(keyByteCount: Int) -> OpaquePointer? {
        switch keyByteCount {
        case 16: aes128
        case 24: aes192
        case 32: aes256
        default: nil
        }
    }

    static func encrypt(_ message: GCMMessage, _ context: OpaquePointer) -> Int32 {
        guard update(message, context),
            final(context) == 1,
            EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, message.tagByteCount, message.tag) == 1
        else { return Int32(WC_HW_E) }
        return 0
    }

    static func decrypt(_ message: GCMMessage, _ context: OpaquePointer) -> Int32 {
        guard EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, message.tagByteCount, message.tag) == 1,
            update(message, context)
        else { return Int32(WC_HW_E) }
        // libcrypto compares the tags in constant time (CRYPTO_memcmp).
        return final(context) == 1 ? 0 : Int32(AES_GCM_AUTH_E)
    }

    /// Feeds the additional data, then the payload.
    private static func update(_ message: GCMMessage, _ context: OpaquePointer) -> Bool {
        var written: Int32 = 0
        if message.additionalDataByteCount > 0,
            EVP_CipherUpdate(context, nil, &written, message.additionalData, message.additionalDataByteCount) != 1
        {
            return false
        }
        guard message.byteCount > 0 else { return true }
        return EVP_CipherUpdate(context, message.output, &written, message.input, message.byteCount) == 1
            && written == message.byteCount
    }

    /// Ends the message. GCM has nothing left to write here; EVP wants room for a block all the same.
    private static func final(_ context: OpaquePointer) -> Int32 {
        var block: (UInt64, UInt64) = (0, 0)
        var written: Int32 = 0
        return withUnsafeMutableBytes(of: &block) {
            EVP_CipherFinal_ex(context, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), &written)
        }
    }
}
#endif
