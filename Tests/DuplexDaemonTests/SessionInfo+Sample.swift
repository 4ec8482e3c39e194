@testable import DuplexTLS

extension SessionInfo {
    static let sample = SessionInfo(
        version: .tls13,
        suite: CipherSuite(rawValue: 0x1301),
        applicationProtocol: "h2",
        isResumed: true
    )
}
