/// Which end of the handshake a session is.
public enum TLSRole: Sendable {
    case client
    case server
}
