/// The part of an HTTP/1 request before its body, as far as an answer depends on it. Source: RFC 9112.
struct HTTPRequestHead: Equatable {
    /// What the first bytes of a stream are.
    enum ParseResult: Equatable {
        /// A whole head of that many bytes.
        case complete(HTTPRequestHead, size: Int)
        /// The start of one, or of a method's name.
        case incomplete
        /// Not HTTP.
        case notHTTP
        /// A head over the limit, or one that cannot be understood.
        case malformed
    }

    /// Such as `GET`.
    let method: String
    /// Whether the client keeps the connection for another request.
    let isPersistent: Bool
    /// Bytes of the body; nil when its end cannot be told from the head (`Transfer-Encoding`).
    let bodySize: Int?
    /// Whether the client waits for `100 Continue` before it sends the body.
    let expectsContinue: Bool

    static let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]
    /// The most bytes of a head.
    static let sizeLimit = 16 * 1024

    /// Looks at the first bytes of a request. Lines may end with LF alone, as typed ones do.
    static func parse(_ bytes: [UInt8]) -> ParseResult {
        guard startsLikeHTTP(bytes), isRequestLine(bytes.prefix(sizeLimit)) else { return .notHTTP }
        guard let size = headSize(bytes) else { return bytes.count > sizeLimit ? .malformed : .incomplete }
        guard size <= sizeLimit else { return .malformed }
        let lines = String(decoding: bytes[..<size], as: UTF8.self)
            .split(whereSeparator: \.isNewline)
            .map(String.init)
        guard let head = HTTPRequestHead(lines: lines) else { return .malformed }
        return .complete(head, size: size)
    }

    private init?(lines: [String]) {
        guard let parts = lines.first?.split(separator: " "), parts.count == 3, parts[2].hasPrefix("HTTP/1.") else {
            return nil
        }
        var fields: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            fields[line[..<colon].lowercased()] = value.lowercased()
        }
        method = String(parts[0])
        let connection = fields["connection"] ?? ""
        isPersistent = parts[2] == "HTTP/1.0" ? connection.contains("keep-alive") : !connection.contains("close")
        expectsContinue = fields["expect"] == "100-continue"
        if fields["transfer-encoding"] != nil {
            bodySize = nil
        } else if let length = fields["content-length"] {
            guard let size = Int(length), size >= 0 else { return nil }
            bodySize = size
        } else {
            bodySize = 0
        }
    }

    /// Whether the bytes are a method and a space, or the start of that.
    private static func startsLikeHTTP(_ bytes: [UInt8]) -> Bool {
        methods.contains { method in
            let wanted = Array(method.utf8) + [UInt8(ascii: " ")]
            return zip(bytes, wanted).allSatisfy { $0 == $1 }
        }
    }

    /// Whether the first line, if it is there as a whole, ends in an HTTP/1 version.
    private static func isRequestLine(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let end = bytes.firstIndex(of: UInt8(ascii: "\n")) else { return true }
        let parts = bytes[..<end].split(separator: UInt8(ascii: " "))
        return parts.count == 3 && parts[2].starts(with: "HTTP/1.".utf8)
    }

    /// The bytes up to and with the first empty line.
    private static func headSize(_ bytes: [UInt8]) -> Int? {
        var lineLength = 0
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "\n"):
                if lineLength == 0 { return index + 1 }
                lineLength = 0
            case UInt8(ascii: "\r"): break
            default: lineLength += 1
            }
        }
        return nil
    }
}
