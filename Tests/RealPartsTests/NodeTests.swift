import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

@Suite("Node tls")
struct NodeTests {
    private static let versions = ["TLSv1.2", "TLSv1.3"]

    /// Says each event of a socket in turn, one a line; `body` gets `socket` once it is secure.
    private func run(_ body: String, _ proxy: TestProxy, version: String) throws -> Command.Result {
        let script = """
            const tls = require('tls'), fs = require('fs');
            const [root, port, version] = process.argv.slice(1);
            let size = 0;
            const socket = tls.connect({
                host: '127.0.0.1', port: Number(port), servername: 'localhost', ca: fs.readFileSync(root),
                minVersion: version, maxVersion: version, allowHalfOpen: true, ALPNProtocols: ['echo'],
            });
            socket.on('secureConnect', () => {
                console.log('secure', socket.authorized, socket.getProtocol(), socket.alpnProtocol);
                start();
            });
            socket.on('data', (chunk) => { size += chunk.length; });
            socket.on('end', () => { console.log('end', size); ended(); });
            socket.on('error', (error) => console.log('error', error.code));
            socket.on('close', (hadError) => console.log('close', hadError));
            \(body)
            """
        let root = try CertificateChain.of(.ecdsa).rootPath
        return try Program("node").run(["-e", script, root, proxy.port, version], timeout: 40)
    }

    @Test("A client that ends first gets the whole echo, an end event and no error", arguments: versions)
    func clientEndsFirst(version: String) throws {
        let backend = TestBackend.echo()
        let proxy = try TestProxy.serving(backend.address, protocols: ["echo"], worker: .hardware)
        let result = try run(
            "function start() { socket.end(Buffer.alloc(3000000, 'x')); } function ended() {}",
            proxy,
            version: version
        )
        #expect(result.output == "secure true \(version) echo\nend 3000000\nclose false\n", "\(result.errors)")
        #expect(proxy.nextReport()?.reason == .finished)
    }

    @Test("A backend that ends first is an end event, and a half-open client's upload goes on", arguments: versions)
    func backendEndsFirst(version: String) throws {
        let uploaded = Tally()
        let isWhole = Tally()
        let backend = TestBackend { socket in
            socket.writeAll([UInt8]("first".utf8))
            socket.finish()
            if socket.readAll({ uploaded.add($0.count) }) == .finished { isWhole.add() }
        }
        let proxy = try TestProxy.serving(backend.address, protocols: ["echo"])
        let result = try run(
            "function start() {} function ended() { socket.end(Buffer.alloc(2000000, 'u')); }",
            proxy,
            version: version
        )
        #expect(result.output == "secure true \(version) echo\nend 5\nclose false\n", "\(result.errors)")
        #expect(Eventually.holds { isWhole.count == 1 })
        #expect(uploaded.count == 2_000_000)
        #expect(proxy.nextReport()?.reason == .finished)
    }

    @Test("A backend's reset reaches the client after all that came before it", arguments: versions)
    func backendResets(version: String) throws {
        let backend = TestBackend.resetting()
        let proxy = try TestProxy.serving(backend.address, protocols: ["echo"])
        let result = try run(
            "function start() { socket.write('x'); } function ended() { socket.end(); }",
            proxy,
            version: version
        )
        #expect(
            result.output.contains("end \(TestBackend.greeting.utf8.count + 1)\n"),
            "\(result.output)\(result.errors)"
        )
        #expect(proxy.nextReport()?.reason == .backendReset)
    }
}
