/// Whether cryptography goes through libcrypto, for the start-up log and `--version`.
public enum HardwareCryptoStatus: Sendable, Equatable {
    /// The device is registered. `deviceID` is for `wolfSSL_CTX_SetDevId`; `summary` names what does the work, as
    /// in "AES-GCM, RSA, ECDSA, ECDH, X25519, SHA-2 by libcrypto 3.0.17 (AES-NI, PCLMULQDQ, SHA)".
    case active(deviceID: Int32, summary: String)
    /// Built in, but not usable on this machine; `reason` is one sentence for the operator.
    case unavailable(reason: String)
    /// The package was built without the trait `HardwareCrypto`.
    case notBuiltIn

    /// The number to give to `wolfSSL_CTX_SetDevId`; `nil` if the library is to do its own cryptography.
    public var deviceID: Int32? {
        if case .active(let deviceID, _) = self { deviceID } else { nil }
    }
}

extension HardwareCryptoStatus: CustomStringConvertible {
    public var description: String {
        switch self {
        case .active(_, let summary): summary
        case .unavailable(let reason): "off: \(reason)"
        case .notBuiltIn: "not built in"
        }
    }
}
