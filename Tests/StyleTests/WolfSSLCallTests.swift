import Testing

/// Invariants I1 and I7 are kept by one file that a person can read at a sitting.
@Suite("Calls on a WOLFSSL object")
struct WolfSSLCallTests {
    /// The calls that move bytes or the state of a connection.
    private func callsConnection(_ code: String) -> Bool {
        code.contains(/\bwolfSSL_(read|write|peek|shutdown|accept|connect|negotiate|update_keys)(_\w+)?\s*\(/)
    }

    @Test("Reading, writing, shutting down and the handshake stand in one Swift file")
    func oneFile() throws {
        let callers = try SourceTree.files(below: "Sources", extensions: ["swift", "c", "h"]).filter {
            try callsConnection(CodeText(SourceTree.text($0)).withoutComments)
        }
        #expect(callers.count == 1)
        #expect(callers.allSatisfy { $0.hasPrefix("Sources/DuplexTLS/") && $0.hasSuffix(".swift") })
    }

    @Test(
        "A call counts in code and not in a comment",
        arguments: [
            ("let n = wolfSSL_read(ssl, p, 1)", true), ("wolfSSL_write_ex (ssl)", true),
            ("let f = wolfSSL_read", false),
            ("// wolfSSL_read(ssl)", false), ("/* a /* b */ wolfSSL_read(ssl) */ x", false),
            ("let u = \"https://a\"; wolfSSL_shutdown(ssl)", true), ("let q = \"\\\"//\"; wolfSSL_connect(s)", true),
        ]
    )
    func comments(source: String, isCall: Bool) {
        #expect(callsConnection(CodeText(source).withoutComments) == isCall)
    }
}
