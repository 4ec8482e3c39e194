import CWolfSSLShims
import DuplexTLS
import Testing

/// A crypto device that lets a session encrypt a payload of the test's choice in place of its own: the library makes no
/// other alert than close_notify when it is asked to, and pads nothing. Everything else is left to the library.
enum RecordForge {
    /// What becomes of the payloads that the calling thread encrypts; of the same size.
    private static let orders = ThreadOrders<@Sendable ([UInt8]) -> [UInt8]>()
    private static let number: Int32 = 0x666F_7267

    /// The device, registered once a process.
    static let device: Result<CryptoDevice, any Error> = Result {
        try TLSLibrary.initialise()
        let status = wc_CryptoCb_RegisterDevice(number, { _, info, _ in RecordForge.answer(info) }, nil)
        try #require(status == 0)
        return CryptoDevice(id: number)
    }

    /// Has payloads replaced, in what `body` makes a session encrypt on this thread.
    static func replacing<Value>(
        _ replacement: @escaping @Sendable ([UInt8]) -> [UInt8],
        _ body: () throws -> Value
    ) rethrows -> Value {
        orders.place(replacement)
        defer { orders.place(nil) }
        return try body()
    }

    /// Makes `end` send an alert instead of close_notify.
    static func sendAlert(level: UInt8, _ description: TLSAlert, from end: TLSEnd) {
        replacing({ $0.starts(with: [1, 0]) ? [level, description.rawValue] + $0.dropFirst(2) : $0 }, end.close)
    }

    /// Makes `end` send one record of TLS 1.3 with this content, of this type, and zeros up to `size` bytes of payload
    /// (RFC 8446 §5.2, TLSInnerPlaintext).
    static func send(type: UInt8, _ content: [UInt8], paddedTo size: Int, from end: TLSEnd) throws {
        let payload = content + [type] + [UInt8](repeating: 0, count: size - content.count - 1)
        try replacing({ $0.count == payload.count ? payload : $0 }) {
            try end.write([UInt8](repeating: 0, count: size - 1))
        }
    }

    private static func answer(_ info: UnsafeMutablePointer<wc_CryptoInfo>?) -> Int32 {
        guard let info, info.pointee.algo_type == Int32(WC_ALGO_TYPE_CIPHER.rawValue),
            info.pointee.cipher.type == Int32(WC_CIPHER_AES_GCM.rawValue), info.pointee.cipher.enc != 0,
            let replacement = orders.mine
        else { return Int32(CRYPTOCB_UNAVAILABLE) }
        let call = info.pointee.cipher.aesgcm_enc
        guard let aes = call.aes, let input = call.in else { return Int32(CRYPTOCB_UNAVAILABLE) }
        let payload = replacement(Array(UnsafeBufferPointer(start: input, count: Int(call.sz))))
        let device = aes.pointee.devId
        aes.pointee.devId = INVALID_DEVID
        defer { aes.pointee.devId = device }
        return wc_AesGcmEncrypt(
            aes,
            call.out,
            payload,
            call.sz,
            call.iv,
            call.ivSz,
            call.authTag,
            call.authTagSz,
            call.authIn,
            call.authInSz
        )
    }
}
