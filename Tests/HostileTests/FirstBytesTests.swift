import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

extension HostileTests {
    /// A client's first bytes, or their absence.
    @Suite struct FirstBytesTests {
        @Test func aClientThatSaysNothingIsClosedAtTheHandshakeDeadline() async {
            await #expect(processExitsWith: .success) {
                try Scenario.play(timeouts: TimeLimits(handshake: .milliseconds(300))) { scenario in
                    let socket = try #require(Socket.dial(scenario.proxy.address))
                    #expect(socket.readAll { _ in } == .finished)
                    socket.close()
                    scenario.expectEnd(.handshakeTimeout)
                }
            }
        }

        @Test func halfAClientHelloIsClosedAtTheHandshakeDeadline() async {
            await #expect(processExitsWith: .success) {
                try Scenario.play(timeouts: TimeLimits(handshake: .milliseconds(300))) { scenario in
                    let client = try #require(ScriptedClient(scenario.proxy.address))
                    let hello = client.hello()
                    #expect(client.socket.writeAll(Array(hello.prefix(hello.count / 2))))
                    #expect(client.socket.readAll { _ in } == .finished)
                    client.socket.close()
                    scenario.expectEnd(.handshakeTimeout)
                }
            }
        }

        @Test func aHandshakeThatTricklesIsClosedAtTheDeadlineAllTheSame() async {
            await #expect(processExitsWith: .success) {
                try Scenario.play(timeouts: TimeLimits(handshake: .milliseconds(500))) { scenario in
                    let client = try #require(ScriptedClient(scenario.proxy.address))
                    client.socket.setPatience(.milliseconds(20))
                    let begin = MonotonicTime.now
                    var hello = client.hello()[...]
                    // One byte every 20 ms: a deadline that each byte moved would never pass.
                    var end: StreamEnd?
                    while end == nil || end == .silent, let byte = hello.popFirst() {
                        guard client.socket.writeAll([byte]) else { break }
                        end = client.socket.readSome().1
                    }
                    #expect(end != .silent)
                    #expect(MonotonicTime.now.since(begin) < .seconds(4))
                    client.socket.close()
                    scenario.expectEnd(.handshakeTimeout)
                }
            }
        }

        @Test func noiseGetsAnAlertOrACloseAndOneReport() async {
            await #expect(processExitsWith: .success) {
                try Scenario.play { scenario in
                    var random = SystemRandomNumberGenerator()
                    // The later ones look like TLS for longer: a record header, a handshake message, a plausible size.
                    let beginnings: [[UInt8]] = [
                        [], [0], [0x80, 0x2E, 1, 3, 1], [22], [22, 3], [22, 3, 1], [22, 3, 1, 0x40, 0],
                        [22, 3, 1, 0, 64, 1],
                        [22, 3, 1, 1, 0, 1, 0, 0, 252], [22, 3, 3, 1, 0, 1, 0, 0, 252, 3, 3], [20, 3, 3, 0, 1, 1],
                        [21, 3, 3, 0, 2, 2, 40], [23, 3, 3, 0, 32],
                    ]
                    for beginning in beginnings {
                        let noise =
                            beginning
                            + (beginning.count..<65_536).map { _ in UInt8.random(in: 0...255, using: &random) }
                        let socket = try #require(Socket.dial(scenario.proxy.address))
                        socket.writeAll(noise)
                        // Noise that says that more is to come is waited for; it does not come.
                        socket.finish()
                        let end = socket.readAll { #expect($0.first == 21, "\(beginning): an alert or nothing") }
                        #expect(end != .silent, "after \(beginning)")
                        socket.close()
                        scenario.expectEnd(in: [.notTLS, .helloTooLarge, .handshakeFailed, .clientVanished])
                    }
                    #expect(scenario.proxy.nextReport(within: 0) == nil, "one report a connection")
                }
            }
        }

        @Test func plainHTTPGetsAnAlertAndOneReport() async {
            await #expect(processExitsWith: .success) {
                try Scenario.play { scenario in
                    // RFC 8446 §6: alert, legacy version, two bytes: fatal, unexpected_message.
                    let alert: [UInt8] = [21, 3, 1, 0, 2, 2, 10]
                    for method in ["GET", "POST", "HEAD", "OPTIONS", "CONNECT"] {
                        let socket = try #require(Socket.dial(scenario.proxy.address))
                        #expect(socket.writeAll([UInt8]("\(method) / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)))
                        var answer: [UInt8] = []
                        #expect(socket.readAll { answer += $0 } == .finished)
                        #expect(answer == alert, "\(answer)")
                        socket.close()
                        let report = try #require(scenario.expectEnd(in: [.notTLS]))
                        #expect(report.detail == "plain HTTP")
                        #expect(report.alertSent == .unexpectedMessage)
                    }
                    #expect(scenario.proxy.nextReport(within: 0) == nil, "one report a connection")
                }
            }
        }

        @Test func aHelloOverTheBoundIsRefusedBeforeItHasCome() async {
            await #expect(processExitsWith: .success) {
                try Scenario.play { scenario in
                    // RFC 8446 §6: alert, legacy version, two bytes: fatal, decode_error.
                    let alert: [UInt8] = [21, 3, 1, 0, 2, 2, 50]
                    let limit = EngineLimits.clientHelloSize
                    // A message of the limit's size no longer fits with its headers; a length is enough to say so.
                    for size in [limit - 8, limit, 65_535, 1 << 20, (1 << 24) - 1] {
                        let socket = try #require(Socket.dial(scenario.proxy.address))
                        let header = [1, UInt8(size >> 16), UInt8(size >> 8 & 255), UInt8(size & 255)]
                        #expect(socket.writeAll([22, 3, 1, 0x40, 0] + header))
                        var answer: [UInt8] = []
                        #expect(socket.readAll { answer += $0 } == .finished)
                        #expect(answer == alert, "\(size): \(answer)")
                        socket.close()
                        scenario.expectEnd(.helloTooLarge)
                    }
                }
            }
        }
    }
}
