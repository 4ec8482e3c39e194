import CWolfSSL
import DuplexPosix
import DuplexTLS
import Foundation
import TestSupport

/// A TLS 1.3 client that sends records which no library would make.
///
/// `openssl s_client` does the handshake through a relay in this process and writes its secrets to a key log. The relay
/// lets nothing of it pass after its Finished, and goes on in its name, from record number 0 of the application keys.
final class ForgedClient {
    /// The connection to the proxy.
    let socket: Socket
    private let aes = UnsafeMutablePointer<Aes>.allocate(capacity: 1)
    private let iv: [UInt8]
    private var sequence: UInt64 = 0

    /// Connects to `address` and completes the handshake. Nil when that fails.
    init?(_ address: SocketAddress) {
        guard let any = SocketAddress(ip: "127.0.0.1", port: 0),
            let listener = try? Socket.listen(on: any, backlog: 1), let relay = listener.localAddress,
            let socket = Socket.dial(address)
        else { return nil }
        let folder = TemporaryFolder()
        guard Self.startClient(at: relay, keyLog: folder.path("keys")) else { return nil }
        let deadline = MonotonicTime.now.advanced(by: .seconds(10))
        guard case .ready = Wait.until(listener, is: .readable, stop: nil, deadline: deadline),
            case .accepted(let client, _) = listener.accept(), Self.relayHandshake(client, socket),
            let secret = Self.secret(folder)
        else { return nil }
        self.socket = socket
        guard let key = Self.expand(secret, "key", 16), let iv = Self.expand(secret, "iv", 12) else { return nil }
        self.iv = iv
        UnsafeMutableRawPointer(aes).initializeMemory(as: UInt8.self, repeating: 0, count: MemoryLayout<Aes>.size)
        guard wc_AesInit(aes, nil, -2) == 0, wc_AesGcmSetKey(aes, key, UInt32(key.count)) == 0 else { return nil }
    }

    deinit {
        wc_AesFree(aes)
        aes.deallocate()
    }

    /// A record of this content type with this content, as the client's next one (RFC 8446 §5.2).
    func seal(type: UInt8, _ content: [UInt8]) -> [UInt8] {
        let inner = content + [type]
        let header: [UInt8] = [23, 3, 3, UInt8((inner.count + 16) >> 8), UInt8((inner.count + 16) & 255)]
        var nonce = iv
        for index in 0..<8 { nonce[4 + index] ^= UInt8(truncatingIfNeeded: sequence >> (56 - 8 * index)) }
        sequence += 1
        var ciphertext = [UInt8](repeating: 0, count: inner.count)
        var tag = [UInt8](repeating: 0, count: 16)
        let status = wc_AesGcmEncrypt(
            aes,
            &ciphertext,
            inner,
            UInt32(inner.count),
            nonce,
            12,
            &tag,
            16,
            header,
            UInt32(header.count)
        )
        precondition(status == 0, "AES-GCM over a few bytes of memory cannot fail: \(status)")
        return header + ciphertext + tag
    }

    /// Starts s_client in a thread of its own; it ends when the relay's connection does.
    private static func startClient(at relay: SocketAddress, keyLog: String) -> Bool {
        let thread = try? DuplexPosix.Thread(name: "s_client", stackSize: 1 << 20) {
            let arguments = [
                "s_client", "-connect", "\(relay)", "-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256", "-keylogfile",
                keyLog,
            ]
            _ = Command.run("openssl", arguments, timeout: 3)
        }
        thread?.detach()
        return true
    }

    /// Passes the handshake on: hello to the server, its flight back, then records up to the client's Finished.
    private static func relayHandshake(_ client: Socket, _ server: Socket) -> Bool {
        client.setPatience(.seconds(10))
        guard server.writeAll(client.readSome().0) else { return false }
        var fromClient: [UInt8] = []
        while true {
            guard
                case .ready(let ofClient, let ofServer) = Wait.until(
                    client,
                    is: .readable,
                    or: (server, .readable),
                    stop: nil,
                    deadline: .now.advanced(by: .seconds(10))
                )
            else { return false }
            if !ofServer.isEmpty, !client.writeAll(server.readSome().0) { return false }
            guard !ofClient.isEmpty else { continue }
            let (bytes, end) = client.readSome()
            if end != nil { return false }
            fromClient += bytes
            while fromClient.count >= 5 {
                let size = 5 + Int(fromClient[3]) << 8 + Int(fromClient[4])
                guard fromClient.count >= size else { break }
                let isFinished = fromClient[0] == 23
                guard server.writeAll(Array(fromClient.prefix(size))) else { return false }
                fromClient.removeFirst(size)
                if isFinished { return true }
            }
        }
    }

    /// The client's application traffic secret from the key log (NSS format: label, client random, secret).
    private static func secret(_ folder: TemporaryFolder) -> String? {
        var secret: String?
        _ = Eventually.holds {
            let lines = String(decoding: folder.read("keys") ?? [], as: UTF8.self).split(separator: "\n")
            let line = lines.first { $0.hasPrefix("CLIENT_TRAFFIC_SECRET_0 ") }
            secret = line?.split(separator: " ").last.map(String.init)
            return secret?.count == 64
        }
        return secret
    }

    /// HKDF-Expand-Label with an empty context (RFC 8446 §7.1), by the `openssl` command.
    private static func expand(_ secret: String, _ label: String, _ count: Int) -> [UInt8]? {
        let name = [UInt8]("tls13 \(label)".utf8)
        let info = [0, UInt8(count), UInt8(name.count)] + name + [0]
        let result = Command.run(
            "openssl",
            [
                "kdf", "-keylen", "\(count)", "-kdfopt", "digest:SHA256", "-kdfopt", "mode:EXPAND_ONLY",
                "-kdfopt", "hexkey:\(secret)", "-kdfopt", "hexinfo:" + info.map { String(format: "%02x", $0) }.joined(),
                "HKDF",
            ],
            timeout: 3
        )
        let bytes = result.output.split { $0 == ":" || $0 == "\n" }.compactMap { UInt8($0, radix: 16) }
        return bytes.count == count ? bytes : nil
    }
}
