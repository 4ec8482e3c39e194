import DuplexPosix
import DuplexTLS

/// How a client goes away without a word of TLS.
enum Departure: String, Codable, Sendable, CaseIterable {
    case fin
    case rst

    func leave(_ socket: Socket) {
        if self == .rst { socket.resetOnClose() }
        socket.close()
    }
}

/// A TLS version, in a form that an exit test can be handed.
enum Version: String, Codable, Sendable, CaseIterable {
    case tls12
    case tls13

    var policy: TLSPolicy { self == .tls12 ? .tls12Only : .modern }
}
