#if HardwareCrypto
import CWolfSSLShims

/// One AES-GCM call as wolfSSL makes it, the same for both directions. `input` and `output` may be one buffer.
struct GCMMessage {
    let input: UnsafePointer<UInt8>?
    let output: UnsafeMutablePointer<UInt8>?
    /// Bytes of `input` and of `output`.
    let byteCount: Int32
    /// 12 bytes.
    let nonce: UnsafePointer<UInt8>
    /// Written when encrypting, read when decrypting.
    let tag: UnsafeMutablePointer<UInt8>
    let tagByteCount: Int32
    let additionalData: UnsafePointer<UInt8>?
    let additionalDataByteCount: Int32

    /// The lengths that libcrypto and the device take: EVP counts in `int`, and a nonce of another length than 12
    /// bytes is hashed first (NIST SP 800-38D §7.1), which TLS never asks for.
    private static let nonceByteCount: UInt32 = 12
    private static let tagByteCounts: ClosedRange<UInt32> = 4...16
    private static let maximumByteCount = UInt32(Int32.max)

    /// `nil` if the device leaves the call to the library.
    init?(encrypting info: UnsafeMutablePointer<wc_CryptoInfo>) {
        let call = info.pointee.cipher.aesgcm_enc
        self.init(
            input: call.in,
            output: call.out,
            byteCount: call.sz,
            nonce: call.iv,
            nonceByteCount: call.ivSz,
            tag: call.authTag,
            tagByteCount: call.authTagSz,
            additionalData: call.authIn,
            additionalDataByteCount: call.authInSz
        )
    }

    /// `nil` if the device leaves the call to the library. Of a record that the library was not given this is what was
    /// received (`record_opening.h`).
    init?(decrypting info: UnsafeMutablePointer<wc_CryptoInfo>) {
        let call = info.pointee.cipher.aesgcm_dec
        var payload = duplex_payload_asked(info)
        guard duplex_opening_locate(&payload) == 0 else { return nil }
        self.init(
            input: payload.input,
            output: payload.output,
            byteCount: UInt32(clamping: payload.size),
            nonce: call.iv,
            nonceByteCount: call.ivSz,
            // Only read: the device writes a tag in the other direction alone.
            tag: UnsafeMutablePointer(mutating: payload.tag),
            tagByteCount: UInt32(clamping: payload.tag_size),
            additionalData: payload.additional_data,
            additionalDataByteCount: UInt32(clamping: payload.additional_data_size)
        )
    }

    /// `nil` if a length is not the device's, or a pointer that its length calls for is missing.
    init?(
        input: UnsafePointer<UInt8>?,
        output: UnsafeMutablePointer<UInt8>?,
        byteCount: UInt32,
        nonce: UnsafePointer<UInt8>?,
        nonceByteCount: UInt32,
        tag: UnsafeMutablePointer<UInt8>?,
        tagByteCount: UInt32,
        additionalData: UnsafePointer<UInt8>?,
        additionalDataByteCount: UInt32
    ) {
        guard let nonce, let tag,
            nonceByteCount == Self.nonceByteCount,
            Self.tagByteCounts.contains(tagByteCount),
            byteCount <= Self.maximumByteCount,
            byteCount == 0 || (input != nil && output != nil),
            additionalDataByteCount <= Self.maximumByteCount,
            additionalDataByteCount == 0 || additionalData != nil
        else { return nil }
        self.input = input
        self.output = output
        self.byteCount = Int32(byteCount)
        self.nonce = nonce
        self.tag = tag
        self.tagByteCount = Int32(tagByteCount)
        self.additionalData = additionalData
        self.additionalDataByteCount = Int32(additionalDataByteCount)
    }
}
#endif
