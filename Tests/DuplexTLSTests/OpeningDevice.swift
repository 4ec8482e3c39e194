import CWolfSSLShims
import DuplexTLS
import Testing

/// A crypto device that decrypts records where they lie, with the library's own code, or does what a test tells it to.
enum OpeningDevice {
    /// What the device does with the records of the calling thread.
    enum Conduct: Sendable {
        case opens
        /// Leaves them to the library, as it should.
        case givesBack
        /// Leaves them to the library and does not give it what it has not got.
        case forgetsToGiveBack
        /// Lets the library find one byte less of content than it has decrypted; under TLS 1.3.
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
        let call = info.pointee.cipher.aesgcm_dec
        let conduct = orders.mine ?? .opens
        switch conduct {
        case .givesBack:
            duplex_opening_give_back()
            return Int32(CRYPTOCB_UNAVAILABLE)
        case .forgetsToGiveBack: return Int32(CRYPTOCB_UNAVAILABLE)
        case .opens, .misreports: break
        }
        guard let aes = call.aes else { return Int32(CRYPTOCB_UNAVAILABLE) }
        var payload = duplex_payload(
            input: call.in,
            output: call.out,
            size: Int(call.sz),
            tag: call.authTag,
            tag_size: Int(call.authTagSz)
        )
        duplex_opening_locate(&payload)
        let device = aes.pointee.devId
        aes.pointee.devId = INVALID_DEVID
        defer { aes.pointee.devId = device }
        let status = wc_AesGcmDecrypt(
            aes,
            payload.output,
            payload.input,
            call.sz,
            call.iv,
            call.ivSz,
            payload.tag,
            call.authTagSz,
            call.authIn,
            call.authInSz
        )
        if status == 0 {
            duplex_opening_opened(call.authIn, Int(call.authInSz))
            if conduct == .misreports, let believed = call.out {
                // Content type 23, then padding.
                believed[Int(call.sz) - 2] = 23
                believed[Int(call.sz) - 1] = 0
            }
        }
        return status
    }
}
