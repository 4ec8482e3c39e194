import Testing

@testable import DuplexDaemon

@Suite("The embedded backend's view of HTTP")
struct HTTPRequestHeadTests {
    private func parse(_ text: String) -> HTTPRequestHead.ParseResult { HTTPRequestHead.parse(Array(text.utf8)) }

    @Test(
        "Bytes that are no request are none, and a start of one is waited for",
        arguments: [
            ("", HTTPRequestHead.ParseResult.incomplete), ("G", .incomplete), ("GET", .incomplete),
            ("GET /x", .incomplete),
            ("GET / HTTP/1.1\r\nHost: a\r\n", .incomplete), ("GETS", .notHTTP), ("hello", .notHTTP),
            ("\u{0}", .notHTTP),
            ("GET up\n", .notHTTP), ("GET / HTTP/2\r\n", .notHTTP), ("GET / HTTP/1.1\r\nno colon\r\n\r\n", .malformed),
            ("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", .malformed),
        ]
    )
    func other(text: String, expected: HTTPRequestHead.ParseResult) { #expect(parse(text) == expected) }

    @Test(
        "A connection is kept as HTTP/1.0 and 1.1 say",
        arguments: [
            ("1.1", "", true), ("1.1", "Connection: close\r\n", false), ("1.0", "", false),
            ("1.0", "CONNECTION:\tKeep-Alive\r\n", true),
        ]
    )
    func persistence(version: String, field: String, expected: Bool) throws {
        guard case .complete(let head, _) = parse("GET / HTTP/\(version)\r\n\(field)\r\n") else {
            Issue.record("not a request")
            return
        }
        #expect(head.isPersistent == expected)
        #expect(head.bodySize == 0)
    }

    @Test(
        "A body's size is known, or known to be unknown",
        arguments: [
            ("Content-Length: 7", 7), ("Transfer-Encoding: chunked", nil),
            ("Content-Length: 7\r\nTransfer-Encoding: chunked", nil),
        ]
    )
    func body(field: String, expected: Int?) {
        let text = "POST /x HTTP/1.1\r\n\(field)\r\n\r\n"
        guard case .complete(let head, let size) = parse(text + "rest") else {
            Issue.record("not a request")
            return
        }
        #expect(head.bodySize == expected)
        #expect(size == text.utf8.count)
    }

    @Test("A head that does not end is refused at its limit")
    func limit() {
        let start = "GET / HTTP/1.1\r\nX: "
        #expect(parse(start + String(repeating: "x", count: HTTPRequestHead.sizeLimit)) == .malformed)
    }

    @Test("The length is the body's even where the body is left out")
    func headResponse() {
        let whole = HTTPResponse.page.bytes(isPersistent: true, hasBody: true)
        let head = HTTPResponse.page.bytes(isPersistent: true, hasBody: false)
        #expect(whole.count - head.count == HTTPResponse.page.body.utf8.count)
        #expect(
            String(decoding: head, as: UTF8.self).contains("Content-Length: \(HTTPResponse.page.body.utf8.count)\r\n")
        )
    }
}
