import DuplexConfig
import DuplexPosix
import DuplexTLS
import Logging
import ProxyEngine
import Testing

@testable import DuplexDaemon

@Suite("Log lines")
struct LogLineTests {
    static let time = UTCTime(seconds: 1_783_166_400, milliseconds: 7)

    private func line(_ format: LineFormat, _ message: String, _ metadata: Logger.Metadata) -> String {
        LogLine(time: Self.time, level: .notice, message: message, metadata: metadata).text(format)
    }

    @Test(
        "An event has the same facts in each format",
        arguments: [
            (
                LineFormat.text,
                #"2026-07-04T12:00:00.007Z notice client refused proxy=redis client=[::1]:7 limit=10 note="two words""#
            ),
            (.journal, #"<5>client refused proxy=redis client=[::1]:7 limit=10 note="two words""#),
            (
                .json,
                #"{"time":"2026-07-04T12:00:00.007Z","level":"notice","message":"client refused","proxy":"redis","#
                    + #""client":"[::1]:7","limit":10,"note":"two words"}"#
            ),
        ]
    )
    func formats(format: LineFormat, expected: String) {
        let metadata: Logger.Metadata = [
            "note": "two words", "limit": .stringConvertible(10), "client": "[::1]:7", "proxy": "redis",
        ]
        #expect(line(format, "client refused", metadata) == expected)
    }

    @Test(
        "The journal is told each level's priority",
        arguments: zip(
            Logger.Level.allCases,
            ["<7>m", "<7>m", "<6>m", "<5>m", "<4>m", "<3>m", "<2>m"]
        )
    )
    func priorities(level: Logger.Level, expected: String) {
        #expect(LogLine(time: Self.time, level: level, message: "m", metadata: [:]).text(.journal) == expected)
    }

    @Test(
        "Text from outside cannot end a line, steer a terminal or pass for another field",
        arguments: [
            ("a\nb", #""a\nb""#), ("a\r\tb", #""a\r\tb""#), ("\u{1B}[2J", #""\u001b[2J""#), ("x=y", #""x=y""#),
            ("", #""""#),
            ("a\"b\\c", #""a\"b\\c""#), ("a\u{85}\u{2028}\u{202E}b", #""a\u0085\u2028\u202eb""#),
            ("\u{0}", #""\u0000""#),
            ("h\u{E0001}", #""h\udb40\udc01""#), ("müller", #""müller""#),
        ]
    )
    func escapes(value: String, expected: String) {
        #expect(line(.journal, "m", ["sni": .string(value)]) == "<5>m sni=\(expected)")
        #expect(line(.json, "m", ["sni": .string(value)]).hasSuffix(#""sni":\#(expected)}"#))
    }

    @Test("Lists and tables of facts stay JSON")
    func nesting() {
        let metadata: Logger.Metadata = ["a": ["x", .stringConvertible(2)], "b": ["k": .stringConvertible(true)]]
        #expect(line(.json, "m", metadata).hasSuffix(#""message":"m","a":["x",2],"b":{"k":true}}"#))
        #expect(line(.journal, "m", metadata) == "<5>m a=x,2 b=k:true")
    }

    @Test("A line fits into one write, however long its facts are", arguments: [LineFormat.text, .json, .journal])
    func bounds(format: LineFormat) {
        let long = String(repeating: "\u{0}", count: 20_000)
        let metadata: Logger.Metadata = Dictionary(uniqueKeysWithValues: (0..<8).map { ("k\($0)", .string(long)) })
        let text = line(format, "m", metadata)
        #expect(text.utf8.count < LineOutput.lineLimit)
        #expect(text.contains("k7"))
        #expect(format != .json || text.hasSuffix("\"}"))
    }

    @Test("The end of a connection is told in a fixed order")
    func connectionEnd() throws {
        let client = try #require(SocketAddress(ip: "192.0.2.1", port: 4711))
        var report = ConnectionReport.sample(client: client)
        report.serverName = "a\nb"
        let metadata = LoggingObserver.metadata(of: report)
        #expect(
            line(.journal, "connection ended", metadata)
                == #"<5>connection ended connection=3 proxy=web client=192.0.2.1:4711 reason=client_alert tls=TLSv1.3 "#
                + #"suite=TLS_AES_128_GCM_SHA256 sni="a\nb" alpn=h2 resumed=true bytes_to_backend=5 bytes_to_client=6 "#
                + #"duration_ms=1500 alert_received=bad_certificate detail="because of it""#
        )
    }

    @Test(
        "`auto` is the journal where standard error is the journal, or a service's",
        arguments: [
            ([:], "1:2", false, LineFormat.text), (["JOURNAL_STREAM": "1:2"], "1:2", true, .journal),
            (["JOURNAL_STREAM": "1:3"], "1:2", false, .text), (["INVOCATION_ID": "x"], "1:2", false, .journal),
            (["NOTIFY_SOCKET": "/x"], "1:2", false, .journal), (["NOTIFY_SOCKET": "/x"], "1:2", true, .text),
        ]
    )
    func automaticFormat(environment: [String: String], identity: String, isTerminal: Bool, expected: LineFormat) {
        let output = StandardErrorFacts(identity: identity, isTerminal: isTerminal)
        #expect(LineFormat.resolved(.auto, environment: Environment(environment), output: output) == expected)
        #expect(LineFormat.resolved(.json, environment: Environment(environment), output: output) == .json)
    }
}
