/// What a handshake agrees on: the version, the kind of the server's key, and the suite that goes with them.
public struct Setting: Sendable, Hashable {
    public enum Version: Int32, Sendable {
        case tls12 = 12
        case tls13 = 13
    }

    public enum Key: String, Sendable {
        case ecdsa, rsa
    }

    public let version: Version
    public let key: Key

    public init(_ version: Version, _ key: Key) {
        self.version = version
        self.key = key
    }

    /// AES-128-GCM: the suite that clients with AES hardware land on. The name is libssl's.
    var suite: String {
        switch (version, key) {
        case (.tls13, _): "TLS_AES_128_GCM_SHA256"
        case (.tls12, .ecdsa): "ECDHE-ECDSA-AES128-GCM-SHA256"
        case (.tls12, .rsa): "ECDHE-RSA-AES128-GCM-SHA256"
        }
    }
}
