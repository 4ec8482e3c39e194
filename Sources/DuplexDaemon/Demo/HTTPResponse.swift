/// An answer of the embedded backend.
struct HTTPResponse {
    let status: String
    let body: String

    /// The whole answer. `Content-Length` is that of the body even where the body is left out (RFC 9110 §9.3.2).
    func bytes(isPersistent: Bool, hasBody: Bool) -> [UInt8] {
        let head = [
            "HTTP/1.1 \(status)", "Content-Type: text/html; charset=utf-8", "Content-Length: \(body.utf8.count)",
            "Connection: \(isPersistent ? "keep-alive" : "close")", "", "",
        ].joined(separator: "\r\n")
        return Array((hasBody ? head + body : head).utf8)
    }

    static let page = HTTPResponse(
        status: "200 OK",
        body: """
            <!DOCTYPE html>
            <html lang="en">
            <head><meta charset="utf-8"><title>duplexd</title></head>
            <body>
            <h1>It works</h1>
            <p>This page came from a plain TCP backend; duplexd \(Version.number) encrypted it on the way.</p>
            </body>
            </html>

            """
    )
    static let badRequest = plain("400 Bad Request")
    static let lengthRequired = plain("411 Length Required")

    private static func plain(_ status: String) -> HTTPResponse {
        HTTPResponse(status: status, body: "<!DOCTYPE html><title>\(status)</title><h1>\(status)</h1>\n")
    }
}
