public import DuplexTLS
internal import HardwareCrypto

/// What conversations under one setting have in common: the server's context, as the daemon makes it.
///
/// - Thread: any.
public struct Bench: Sendable {
    public let setting: Setting
    public let context: TLSContext

    /// What does the cryptography, in words.
    public static var cryptography: String { HardwareCrypto.status.description }

    public init(_ setting: Setting) throws {
        self.setting = setting
        context = try TLSContext(
            server: ServerSettings(
                identity: try TLSIdentity.make(setting.key),
                policy: .intermediate,
                ticketKeys: try TicketKeys(),
                ticketScope: "bench",
                device: HardwareCrypto.register().deviceID.map { CryptoDevice(id: $0) }
            )
        )
    }
}
