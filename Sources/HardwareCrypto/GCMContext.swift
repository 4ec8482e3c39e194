#if HardwareCrypto
import CLibCrypto
import Synchronization

/// One EVP context for AES-GCM in one direction, with the key it is keyed with.
///
/// It owns the `EVP_CIPHER_CTX`, which libcrypto wipes when it is freed. Used by one thread at a time.
struct GCMContext: ~Copyable {
    enum Direction: Int32 {
        case decrypt = 0
        case encrypt = 1
    }

    /// EVP contexts alive in the process.
    static let liveCount = Atomic<Int>(0)

    /// An AES key in words, zero above its length.
    private typealias KeyWords = InlineArray<4, UInt64>

    private let direction: Direction
    private var handle: OpaquePointer?
    private var key = KeyWords(repeating: 0)
    /// 16, 24 or 32; 0 while no key is set.
    private var keyByteCount = 0

    /// Allocates nothing before the first key.
    init(direction: Direction) {
        self.direction = direction
    }

    /// Frees the EVP context. The copy of the key lies in the owner's memory, which the owner wipes.
    deinit {
        guard let handle else { return }
        EVP_CIPHER_CTX_free(handle)
        Self.liveCount.subtract(1, ordering: .relaxed)
    }

    /// Makes the context ready for one message.
    ///
    /// The key is compared with the one in use, in constant time, and set only if it is another.
    ///
    /// - Parameters:
    ///   - cipher: of libcrypto, fetched for keys of `keyByteCount`.
    ///   - newKey: `keyByteCount` bytes.
    ///   - keyByteCount: 16, 24 or 32.
    ///   - nonce: 12 bytes.
    /// - Returns: the keyed context, owned by `self`, or `nil` if libcrypto refused; the next call starts afresh.
    mutating func begin(
        cipher: OpaquePointer,
        key newKey: UnsafeRawPointer,
        keyByteCount newKeyByteCount: Int,
        nonce: UnsafePointer<UInt8>
    ) -> OpaquePointer? {
        if let handle, holds(newKey, byteCount: newKeyByteCount) {
            if EVP_CipherInit_ex2(handle, nil, nil, nonce, direction.rawValue, nil) == 1 {
                return handle
            }
        } else if let handle = allocated() {
            wipeKey()
            let bytes = newKey.assumingMemoryBound(to: UInt8.self)
            // Naming the cipher makes libcrypto wipe and free what belongs to the last key.
            if EVP_CipherInit_ex2(handle, cipher, bytes, nonce, direction.rawValue, nil) == 1 {
                remember(newKey, byteCount: newKeyByteCount)
                return handle
            }
        }
        wipeKey()
        freeHandle()
        ERR_clear_error()
        return nil
    }

    private func holds(_ other: UnsafeRawPointer, byteCount: Int) -> Bool {
        guard byteCount == keyByteCount else { return false }
        var difference: UInt64 = 0
        // Every word is compared, so that the time does not tell where two keys differ.
        for index in 0..<byteCount / MemoryLayout<UInt64>.size {
            difference |= key[index] ^ other.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
        }
        return difference == 0
    }

    private mutating func remember(_ newKey: UnsafeRawPointer, byteCount: Int) {
        for index in 0..<byteCount / MemoryLayout<UInt64>.size {
            key[index] = newKey.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
        }
        keyByteCount = byteCount
    }

    private mutating func wipeKey() {
        withUnsafeMutableBytes(of: &key) { OPENSSL_cleanse($0.baseAddress, $0.count) }
        keyByteCount = 0
    }

    private mutating func allocated() -> OpaquePointer? {
        if handle == nil {
            handle = EVP_CIPHER_CTX_new()
            if handle != nil {
                Self.liveCount.add(1, ordering: .relaxed)
            }
        }
        return handle
    }

    private mutating func freeHandle() {
        guard let freed = handle else { return }
        handle = nil
        EVP_CIPHER_CTX_free(freed)
        Self.liveCount.subtract(1, ordering: .relaxed)
    }
}
#endif
