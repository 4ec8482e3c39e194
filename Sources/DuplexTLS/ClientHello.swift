/// The parts of a ClientHello that choose what a server offers (RFC 8446 §4.1.2, RFC 6066 §3, RFC 7301 §3.1).
public struct ClientHello: Sendable, Equatable {
    /// The name asked for in the server_name extension, in lower case; nil when there is none.
    public let serverName: String?
    /// The application protocols offered, in the client's order.
    public let applicationProtocols: [String]
    /// The signature_algorithms extension, as the registry's numbers, in the client's order.
    public let signatureAlgorithms: [UInt16]
    /// The supported_versions extension, as wire numbers; empty for a client that knows TLS 1.2 at most.
    public let supportedVersions: [UInt16]

    /// What the first bytes of a connection are.
    public enum ParseResult: Sendable, Equatable {
        /// A whole ClientHello.
        case complete(ClientHello)
        /// The start of one; more bytes are needed.
        case incomplete
        /// Not a ClientHello, and what it is instead.
        case notClientHello(Reason)
    }

    /// Why bytes are no ClientHello.
    public enum Reason: String, Sendable {
        case plainHTTP = "plain HTTP"
        case notTLS = "not TLS"
        case malformed = "a malformed ClientHello"
        case tooLarge = "a ClientHello over the limit"
    }

    /// Parses the first bytes that a client sent.
    ///
    /// - Parameters:
    ///   - bytes: all that came so far, record headers included; a hello may be split over records.
    ///   - limit: the most bytes, record headers included, that a hello may take.
    /// - Returns: never reads past `bytes`, whatever they hold.
    public static func parse(_ bytes: UnsafeRawBufferPointer, limit: Int) -> ParseResult {
        guard let first = bytes.first else { return .incomplete }
        guard first == 22 else { return .notClientHello(looksLikeHTTP(bytes) ? .plainHTTP : .notTLS) }
        if bytes.count > 1, bytes[1] != 3 { return .notClientHello(.notTLS) }

        var message: [UInt8] = []
        var at = 0
        while true {
            guard bytes.count - at >= RecordLayer.headerSize else { break }
            guard bytes[at] == 22 else { return .notClientHello(.malformed) }
            let length = Int(bytes[at + 3]) << 8 | Int(bytes[at + 4])
            guard length > 0, length <= RecordLayer.plaintextLimit else { return .notClientHello(.malformed) }
            let start = at + RecordLayer.headerSize
            let end = min(start + length, bytes.count)
            message.append(contentsOf: bytes[start..<end])
            if let first = message.first, first != 1 { return .notClientHello(.malformed) }
            if message.count >= 4 {
                let size = Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3])
                guard size + 4 + RecordLayer.headerSize <= limit else { return .notClientHello(.tooLarge) }
                if message.count >= size + 4 { return parseMessage(message[4..<(size + 4)]) }
            }
            guard bytes.count >= start + length else { break }
            at = start + length
        }
        return bytes.count > limit ? .notClientHello(.tooLarge) : .incomplete
    }

    private static func looksLikeHTTP(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let methods = ["GET ", "POST", "HEAD", "PUT ", "DELE", "OPTI", "CONN", "PATC", "TRAC", "PRI "]
        return bytes.count >= 4 && methods.contains(String(decoding: bytes[0..<4], as: UTF8.self))
    }

    private static func parseMessage(_ message: ArraySlice<UInt8>) -> ParseResult {
        var body = ByteCursor(message)
        guard body.skip(2 + 32), body.vector(lengthBytes: 1) != nil,  // version, random, session id
            body.vector(lengthBytes: 2) != nil, body.vector(lengthBytes: 1) != nil  // suites, compression
        else { return .notClientHello(.malformed) }

        var hello = Fields()
        if !body.isAtEnd {
            guard var extensions = body.vector(lengthBytes: 2), body.isAtEnd else { return .notClientHello(.malformed) }
            while !extensions.isAtEnd {
                guard let type = extensions.integer(bytes: 2), let content = extensions.vector(lengthBytes: 2),
                    hello.take(type, content)
                else { return .notClientHello(.malformed) }
            }
        }
        return .complete(
            ClientHello(
                serverName: hello.serverName,
                applicationProtocols: hello.applicationProtocols,
                signatureAlgorithms: hello.signatureAlgorithms,
                supportedVersions: hello.supportedVersions
            )
        )
    }

    /// The fields while they are being collected.
    private struct Fields {
        var serverName: String?
        var applicationProtocols: [String] = []
        var signatureAlgorithms: [UInt16] = []
        var supportedVersions: [UInt16] = []

        /// Takes one extension; false when it is malformed.
        mutating func take(_ type: Int, _ extensionContent: ByteCursor) -> Bool {
            var content = extensionContent
            switch type {
            case 0:
                guard var names = content.vector(lengthBytes: 2), content.isAtEnd else { return false }
                while !names.isAtEnd {
                    guard let kind = names.integer(bytes: 1), let name = names.vector(lengthBytes: 2) else {
                        return false
                    }
                    if kind == 0, serverName == nil { serverName = name.text.lowercased() }
                }
            case 13:
                guard let list = numbers(&content, lengthBytes: 2) else { return false }
                signatureAlgorithms = list
            case 16:
                guard var names = content.vector(lengthBytes: 2), content.isAtEnd else { return false }
                while !names.isAtEnd {
                    guard let name = names.vector(lengthBytes: 1), !name.isAtEnd else { return false }
                    applicationProtocols.append(name.text)
                }
            case 43:
                guard let list = numbers(&content, lengthBytes: 1) else { return false }
                supportedVersions = list
            default:
                break
            }
            return true
        }

        private func numbers(_ content: inout ByteCursor, lengthBytes: Int) -> [UInt16]? {
            guard var list = content.vector(lengthBytes: lengthBytes), content.isAtEnd else { return nil }
            var result: [UInt16] = []
            while !list.isAtEnd {
                guard let number = list.integer(bytes: 2) else { return nil }
                result.append(UInt16(truncatingIfNeeded: number))
            }
            return result
        }
    }
}
