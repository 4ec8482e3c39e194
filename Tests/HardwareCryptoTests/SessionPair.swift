#if HardwareCrypto
import DuplexTLS

/// A client and a server of the TLS library in memory, both driven by the calling thread.
struct SessionPair {
    struct NoProgress: Error {}

    /// One side: a session, its halves, and the ciphertext that came for it.
    final class Side {
        let session: DuplexSession
        private var reader: ReadHalf
        private var writer: WriteHalf
        fileprivate var inbound: [UInt8] = []

        init(_ context: TLSContext) throws {
            session = try DuplexSession(context: context)
            // The first to ask gets each half, and nobody has asked before.
            reader = session.takeReader()!
            writer = session.takeWriter()!
        }

        /// Encrypts all of `bytes` for `peer`.
        func write(_ bytes: [UInt8], to peer: Side) throws {
            var rest = bytes[...]
            while !rest.isEmpty { rest = rest.dropFirst(try rest.withUnsafeBytes { try writer.write($0) }) }
            _ = writer.flush {
                peer.inbound += $0
                return $0.count
            }
        }

        /// Opens all that has come where it lies.
        func open() throws -> [UInt8] {
            var plaintext: [UInt8] = []
            while true {
                let progress = try inbound.withUnsafeMutableBytes { try reader.open($0) }
                plaintext += inbound[progress.plaintext]
                inbound.removeFirst(progress.consumed)
                if progress.state != .open { return plaintext }
            }
        }

        /// Handles all that has come, and gives what there is to send.
        fileprivate func step() throws -> [UInt8] {
            var output: [UInt8] = []
            repeat {
                let progress = try inbound.withUnsafeBytes { try reader.handshake($0) }
                inbound.removeFirst(progress.consumed)
                _ = reader.flush {
                    output += $0
                    return $0.count
                }
                if progress.isComplete || progress.consumed == 0 { break }
            } while !inbound.isEmpty
            return output
        }
    }

    let client: Side
    let server: Side

    /// Makes both sides and runs the handshake.
    init(client clientContext: TLSContext, server serverContext: TLSContext) throws {
        client = try Side(clientContext)
        server = try Side(serverContext)
        defer { TLSLibrary.releaseThreadCaches() }
        // A handshake takes at most four flights; more turns mean that it makes no progress.
        for _ in 0..<8 where client.session.info == nil || server.session.info == nil {
            server.inbound += try client.step()
            client.inbound += try server.step()
        }
        guard client.session.info != nil, server.session.info != nil else { throw NoProgress() }
    }
}
#endif
