import DuplexPosix
import DuplexTLS
import Foundation
import ProxyEngine
import TestSupport
import Testing

@Suite("curl through duplexd to nginx")
struct NginxTests {
    private static let bulkSize = 100 << 20
    /// curl sends close_notify and closes at once: our own close_notify may meet a socket that is no more, which answers
    /// with RST.
    private static let endReasons: Set<CloseReason> = [.finished, .clientReset]

    private let nginx: NginxServer
    private let folder = TemporaryFolder()

    init() throws { nginx = try NginxServer() }

    @Test("Two requests share one connection, to a backend of each kind", arguments: [false, true])
    func keepAlive(isUnix: Bool) throws {
        let proxy = try TestProxy.serving(isUnix ? nginx.unixAddress : nginx.address)
        try Data("one".utf8).write(to: URL(fileURLWithPath: nginx.file("one")))
        try Data("two".utf8).write(to: URL(fileURLWithPath: nginx.file("two")))
        let curl = try CurlClient(proxy, [proxy.origin + "/one", proxy.origin + "/two"])
        #expect(curl.status == 0)
        #expect(curl.output == "onetwo")
        #expect(curl.talk.contains("Re-using existing connection"), "\(curl.talk)")
        #expect(try Self.endReasons.contains(#require(proxy.nextReport()).reason))
        #expect(proxy.engine.counters.snapshot.accepted == 1)
        #expect(Set(nginx.requests.map { $0.prefix { $0 != " " } }).count == 1)
        #expect(nginx.requests.count == 2)
    }

    @Test("A download of 100 MB arrives unchanged", .timeLimit(.minutes(2)))
    func download() throws {
        let proxy = try TestProxy.serving(nginx.address, worker: .hardware)
        try Bulk.make(nginx.file("bulk"), count: Self.bulkSize)
        let curl = try CurlClient(proxy, ["--output", folder.path("bulk"), proxy.origin + "/bulk"])
        #expect(curl.status == 0, "\(curl.talk.suffix(2000))")
        #expect(try Bulk.digest(folder.path("bulk")) == Bulk.digest(nginx.file("bulk")))
        let report = try #require(proxy.nextReport())
        #expect(Self.endReasons.contains(report.reason))
        #expect(report.bytesToClient > UInt64(Self.bulkSize))
    }

    @Test("An upload of 100 MB arrives unchanged", .timeLimit(.minutes(2)))
    func upload() throws {
        let proxy = try TestProxy.serving(nginx.unixAddress, worker: .hardware)
        try Bulk.make(folder.path("bulk"), count: Self.bulkSize)
        let curl = try CurlClient(
            proxy,
            ["--upload-file", folder.path("bulk"), "--write-out", "%{http_code}", proxy.origin + "/bulk"]
        )
        #expect(curl.status == 0, "\(curl.talk.suffix(2000))")
        #expect(curl.output.hasSuffix("201"))
        #expect(try Bulk.digest(folder.path("bulk")) == Bulk.digest(nginx.file("bulk")))
        let report = try #require(proxy.nextReport())
        #expect(Self.endReasons.contains(report.reason))
        #expect(report.bytesToBackend > UInt64(Self.bulkSize))
    }

    @Test("HEAD gives the length and no body, and the connection serves the next request")
    func head() throws {
        let proxy = try TestProxy.serving(nginx.address)
        try Data("a body".utf8).write(to: URL(fileURLWithPath: nginx.file("page")))
        let url = proxy.origin + "/page"
        let curl = try CurlClient(
            proxy,
            ["--head", url, "--next", "--silent", "--resolve"]
                + ["localhost:\(proxy.port):127.0.0.1", "--cacert", CertificateChain.of(.ecdsa).rootPath, url]
        )
        #expect(curl.status == 0, "\(curl.talk)")
        #expect(curl.output.contains("Content-Length: 6"))
        #expect(curl.output.hasSuffix("\r\n\r\na body"))
        #expect(nginx.requests.map { $0.drop { $0 != " " }.dropFirst() } == ["HEAD 200", "GET 200"])
    }

    @Test("A chunked, compressed answer arrives whole")
    func chunkedAnswer() throws {
        let proxy = try TestProxy.serving(nginx.address)
        let text = (0..<50_000).map { "line \($0)\n" }.joined()
        try Data(text.utf8).write(to: URL(fileURLWithPath: nginx.file("page.txt")))
        let curl = try CurlClient(proxy, ["--compressed", proxy.origin + "/page.txt"])
        #expect(curl.status == 0)
        #expect(curl.header("Transfer-Encoding") == "chunked", "\(curl.talk.prefix(4000))")
        #expect(curl.output == text)
    }

    @Test("A chunked upload arrives whole")
    func chunkedUpload() throws {
        let proxy = try TestProxy.serving(nginx.address)
        let text = (0..<5_000).map { "line \($0)\n" }.joined()
        folder.write("text", [UInt8](text.utf8))
        let curl = try CurlClient(
            proxy,
            ["--upload-file", folder.path("text"), "--header", "Transfer-Encoding: chunked"]
                + ["--write-out", "%{http_code}", proxy.origin + "/page"]
        )
        #expect(curl.output.hasSuffix("201"), "\(curl.talk.suffix(2000))")
        #expect(curl.talk.contains("> Transfer-Encoding: chunked"))
        #expect(FileManager.default.contents(atPath: nginx.file("page")) == Data(text.utf8))
    }

    @Test(
        "An early 413 to a large upload reaches the client whole, though it is still sending",
        arguments: ["1.2", "1.3"]
    )
    func earlyRefusal(version: String) throws {
        let proxy = try TestProxy.serving(nginx.address, worker: .hardware)
        try Bulk.make(folder.path("bulk"), count: 64 << 20)
        // Without Expect curl does not wait for leave to send the body.
        let curl = try CurlClient(
            proxy,
            ["--upload-file", folder.path("bulk"), "--header", "Expect:", "--tls-max", version]
                + ["--output", folder.path("answer"), "--write-out", "%{http_code}", proxy.origin + "/small/bulk"]
        )
        #expect(curl.output == "413", "\(curl.talk.suffix(2000))")
        #expect(curl.status == 0)
        #expect(folder.read("answer") == NginxServer.refusal)
        _ = try #require(proxy.nextReport())
    }

    @Test("An answer that a backend's reset cuts off is a partial file for curl", arguments: ["1.2", "1.3"])
    func cutOff(version: String) throws {
        let backend = TestBackend { socket in
            _ = socket.readSome()
            socket.writeAll([UInt8]("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf a page".utf8))
            socket.resetOnClose()
        }
        let proxy = try TestProxy.serving(backend.address)
        let curl = try CurlClient(proxy, ["--tls-max", version, proxy.origin + "/"])
        #expect(curl.status == 18, "\(curl.talk)")
        #expect(curl.output == "half a page")
        #expect(proxy.nextReport()?.reason == .backendReset)
    }
}
