import DuplexPosix
import DuplexTLS
import Foundation
import TestSupport
import Testing

@testable import DuplexDaemon

@Suite("The demonstration")
struct DemoTests {
    /// Starts a demonstration and waits until it serves. Its address.
    private func start(_ arguments: String...) throws -> (DaemonProcess, String) {
        let demo = try DaemonProcess(["demo"] + arguments)
        let line = try #require(demo.line("  curl -k https://", within: 60), "\(demo.output)")
        return (demo, String(line.dropFirst("  curl -k https://".count).dropLast()))
    }

    @Test("It checks itself, serves curl and s_client, logs each connection, and ends with 0")
    func whole() throws {
        let (demo, address) = try start("--listen", "127.0.0.1:0")
        #expect(demo.output.filter { $0.hasPrefix("✓ ") }.count == 3)
        let folder = TemporaryFolder()
        let shown = Command.run("openssl", ["s_client", "-connect", address, "-showcerts"], input: "").output
        let begin = try #require(shown.range(of: "-----BEGIN CERTIFICATE-----"))
        let end = try #require(shown.range(of: "-----END CERTIFICATE-----"))
        folder.write("ca.pem", Array(shown[begin.lowerBound..<end.upperBound].utf8) + [10])

        let url = "https://\(address)/"
        let page = Command.run("curl", ["-sS", "--cacert", folder.path("ca.pem"), url, url, "-w", "%{num_connects} "])
        #expect(page.status == 0, "\(page.errors)")
        #expect(page.output.components(separatedBy: "<h1>It works</h1>").count == 3)
        #expect(page.output.contains("1 ") && page.output.hasSuffix("0 "))
        let upload = Command.run(
            "curl",
            ["-skS", "--data-binary", "@-", url],
            input: String(repeating: "x", count: 200_000)
        )
        #expect(upload.output.contains("It works"))
        // s_client's input stays open until the line has come back; at its end s_client sends close_notify.
        let script = """
            cd "$1" && mkfifo in out
            openssl s_client -connect "$0" -quiet -no_ign_eof -tls1_2 <in >out 2>/dev/null &
            exec 3>in 4<out
            echo hello >&3
            read -r line <&4
            exec 3>&-
            echo "$line"
            wait
            """
        let echo = Command.run("sh", ["-c", script, address, folder.path("")])
        #expect(echo.output == "hello\n")
        #expect(demo.line("connection ended", "tls=TLSv1.2", "bytes_to_backend=6") != nil)
        demo.signal(SIGINT)
        #expect(demo.status() == 0)
    }

    @Test("A port that is taken is replaced by another")
    func taken() throws {
        let other = TestBackend.echo()
        let (demo, address) = try start("--listen", "\(other.address)")
        #expect(demo.output.contains("\(other.address) is taken; the system picks another port"))
        #expect(address != "\(other.address)")
        demo.signal(SIGTERM)
        #expect(demo.status() == 0)
    }

    @Test("With a backend of one's own only the handshakes are checked")
    func ownBackend() throws {
        let backend = TestBackend.echo()
        let (demo, _) = try start("--listen", "127.0.0.1:0", "--backend", "\(backend.address)")
        #expect(demo.output.filter { $0.contains("certificate verified, handshake") }.count == 2)
        demo.signal(SIGTERM)
        #expect(demo.status() == 0)
    }

    @Test("An address that is not this machine's ends it with 69")
    func foreignAddress() throws {
        // TEST-NET-1 (RFC 5737) belongs to nobody.
        let demo = try DaemonProcess(["demo", "--listen", "192.0.2.1:0"])
        #expect(demo.status() == 69, "\(demo.output)")
    }

    @Test("A self-check whose server answers with another certificate ends with the reason")
    func failure() throws {
        let proxy = TestProxy(backend: TestBackend.echo().address)
        let identity = try TLSIdentity.selfSigned(days: 1)
        let check = SelfCheck(address: proxy.address, identity: identity, expectsEmbeddedBackend: true)
        #expect(throws: TLSError.self) { try check.run() }
    }

    @Test("A self-check whose backend changes a byte ends with its place")
    func changedByte() throws {
        let identity = try TLSIdentity.selfSigned(days: 1)
        let backend = TestBackend { socket in
            var seen = 0
            socket.readAll { bytes in
                var bytes = bytes
                if (seen..<(seen + bytes.count)).contains(100_000) { bytes[100_000 - seen] ^= 1 }
                seen += bytes.count
                socket.writeAll(bytes)
            }
            socket.finish()
        }
        let proxy = TestProxy(backend: backend.address, identity: identity)
        let check = SelfCheck(address: proxy.address, identity: identity, expectsEmbeddedBackend: true)
        let failure = #expect(throws: SelfCheckFailure.self) { try check.run() }
        #expect(failure?.description.hasPrefix("what came back differs after byte ") == true)
    }
}
