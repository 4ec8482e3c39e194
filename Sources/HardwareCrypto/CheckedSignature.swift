#if HardwareCrypto
/// The last RSA signature that a thread made, kept for one question.
///
/// The library checks each signature of its own with the public key before it sends it, lest a fault of the processor
/// give the private key away (Boneh, DeMillo and Lipton, 1997). libcrypto has done the same by then, on the same
/// numbers (`rsa_ossl_mod_exp` in crypto/rsa/rsa_ossl.c), so the answer is known: 19 µs of computation with 2,048 bits.
/// Both numbers are public: one is sent, the other is its padded digest.
struct CheckedSignature {
    private var keySerial: UInt64?
    private var message: [UInt8] = []
    private var signature: [UInt8] = []

    mutating func remember(_ signature: [UInt8], of message: [UInt8], by key: CachedKey) {
        keySerial = key.serial
        self.message = message
        self.signature = signature
    }

    /// The padded digest that `key` signed with `candidate`, if that is the last thing that was signed. Asked once.
    mutating func takeMessage(signedWith candidate: UnsafeBufferPointer<UInt8>, by key: CachedKey) -> [UInt8]? {
        defer { self = CheckedSignature() }
        guard keySerial == key.serial, signature.elementsEqual(candidate) else { return nil }
        return message
    }
}
#endif
