import CWolfSSLShims
import DuplexTLS
import Testing

/// A crypto device that decrypts records where they lie, with the library's own code, or does what a test tells it to.
enum OpeningDevice {
    /// What the device does with the records of the calling thread.
    enum Conduct: Sendable {
        case opens
        /// Leaves them to the library, as it should.
        case leaves
        /// Leaves them to the library, which has not got them.
        case forgets
        /// Lets the library find two bytes of content; under TLS 1.3.
        case misreports
    }

    private static let orders = ThreadOrders<Conduct>()
    private static let number: Int32 = 0x6F70_656E

    /// The device, registered once a process.
    static let device: Result<CryptoDevice, any Error> = Result {
        try TLSLibrary.initialise()
        let status = wc_CryptoCb_RegisterDevice(number, { _, info, _ in OpeningDevice.answer(info) }, nil)
        try #require(status == 0)
        return CryptoDevice(id: number)
    }

    /// Has the device behave so, in what `body` does on this thread.
    static func conducting<Value>(_ conduct: Conduct, _ body: () throws -> Value) rethrows -> Value {
        orders.place(conduct)
        defer { orders.place(nil) }
        return try body()
    }

    private static func answer(_ info: UnsafeMutablePointer<wc_CryptoInfo>?) -> Int32 {
        guard let info, info.pointee.algo_type == Int32(WC_ALGO_TYPE_CIPHER.rawValue),
            info.pointee.cipher.type == Int32(WC_CIPHER_AES_GCM.rawValue), info.pointee.cipher.enc == 0
        else { return Int32(CRYPTOCB_UNAVAILABLE) }
        let conduct = orders.mine ?? .opens
        switch conduct {
        case .leaves: return duplex_opening_leave(info)
        case .forgets: return Int32(CRYPTOCB_UNAVAILABLE)
        case .opens, .misreports: break
        }
        let call = info.pointee.cipher.aesgcm_dec
        var payload = duplex_payload_asked(info)
        guard let aes = call.aes, duplex_opening_locate(&payload) == 0 else { return Int32(CRYPTOCB_UNAVAILABLE) }
        let device = aes.pointee.devId
        aes.pointee.devId = INVALID_DEVID
        defer { aes.pointee.devId = device }
        let status = wc_AesGcmDecrypt(
            aes,
            payload.output,
            payload.input,
            UInt32(payload.size),
            call.iv,
            call.ivSz,
            payload.tag,
            UInt32(payload.tag_size),
            payload.additional_data,
            UInt32(payload.additional_data_size)
        )
        if status == 0 {
            duplex_opening_opened()
            if conduct == .misreports, let believed = call.out {
                // Content type 23, behind two bytes instead of one.
                believed[1] = 7
                believed[2] = 23
            }
        }
        return status
    }
}
