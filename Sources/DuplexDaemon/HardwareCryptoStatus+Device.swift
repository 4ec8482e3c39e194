internal import DuplexTLS
internal import HardwareCrypto

extension HardwareCryptoStatus {
    /// The device in the TLS library's terms; nil when there is none.
    var device: CryptoDevice? { deviceID.map { CryptoDevice(id: $0) } }
}
