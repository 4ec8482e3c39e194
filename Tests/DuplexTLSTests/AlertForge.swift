import CWolfSSLShims
import DuplexTLS
import Testing

/// A crypto device that lets a session encrypt an alert of the test's choice in place of its close_notify: the library
/// has no call for any other alert. Everything else is left to the library.
enum AlertForge {
    /// The alert, level and description, that the calling thread's next close_notify becomes.
    private static let orders = ThreadOrders<(level: UInt8, description: UInt8)>()
    private static let number: Int32 = 0x666F_7267

    /// The device, registered once a process.
    static let device: Result<CryptoDevice, any Error> = Result {
        try TLSLibrary.initialise()
        let status = wc_CryptoCb_RegisterDevice(number, { _, info, _ in AlertForge.answer(info) }, nil)
        try #require(status == 0)
        return CryptoDevice(id: number)
    }

    /// Makes `end` send the alert instead of close_notify.
    static func send(level: UInt8, _ description: TLSAlert, from end: TLSEnd) {
        orders.place((level, description.rawValue))
        end.close()
        orders.place(nil)
    }

    private static func answer(_ info: UnsafeMutablePointer<wc_CryptoInfo>?) -> Int32 {
        guard let info, info.pointee.algo_type == Int32(WC_ALGO_TYPE_CIPHER.rawValue),
            info.pointee.cipher.type == Int32(WC_CIPHER_AES_GCM.rawValue), info.pointee.cipher.enc != 0,
            let order = orders.mine
        else { return Int32(CRYPTOCB_UNAVAILABLE) }
        let call = info.pointee.cipher.aesgcm_enc
        guard let aes = call.aes, let input = call.in, call.sz >= 2, input[0] == 1, input[1] == 0 else {
            return Int32(CRYPTOCB_UNAVAILABLE)
        }
        var plaintext = Array(UnsafeBufferPointer(start: input, count: Int(call.sz)))
        plaintext[0] = order.level
        plaintext[1] = order.description
        let device = aes.pointee.devId
        aes.pointee.devId = INVALID_DEVID
        defer { aes.pointee.devId = device }
        return wc_AesGcmEncrypt(
            aes,
            call.out,
            plaintext,
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
