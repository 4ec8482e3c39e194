import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

@Suite("Python ssl")
struct PythonTests {
    private static let versions = ["TLSv1_2", "TLSv1_3"]

    /// What each script begins with: a connected socket, and a TLS object over memory that it feeds by hand.
    private static let prelude = """
        import socket, ssl, sys, hashlib
        root, port, version = sys.argv[1], int(sys.argv[2]), getattr(ssl.TLSVersion, sys.argv[3])
        context = ssl.create_default_context(cafile=root)
        context.minimum_version = context.maximum_version = version
        sock = socket.create_connection(("127.0.0.1", port), timeout=15)
        received, sent = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(received, sent, server_hostname="localhost")

        def flush():
            data = sent.read()
            if data:
                sock.sendall(data)

        def feed():
            data = sock.recv(65536)
            received.write(data) if data else received.write_eof()

        def until_done(step):
            while True:
                try:
                    result = step()
                    flush()
                    return result
                except ssl.SSLWantReadError:
                    flush()
                    feed()

        def read_all():
            parts = []
            while True:
                try:
                    data = until_done(lambda: tls.read(65536))
                except ssl.SSLZeroReturnError:
                    data = b""
                except ssl.SSLEOFError:
                    return b"".join(parts), "truncated"
                if not data:
                    return b"".join(parts), "close_notify"
                parts.append(data)

        def close_notify():
            try:
                tls.unwrap()
            except ssl.SSLWantReadError:
                pass
            flush()

        until_done(tls.do_handshake)

        """

    private func run(_ script: String, _ proxy: TestProxy, version: String) throws -> Command.Result {
        let root = try CertificateChain.of(.ecdsa).rootPath
        let script = Self.prelude + script
        return try Program("python3").run(["-c", script, root, proxy.port, version], timeout: 40)
    }

    @Test("A client that sends close_notify first still gets the whole reply, then close_notify", arguments: versions)
    func halfClose(version: String) throws {
        // The reply begins when the request has ended.
        let backend = TestBackend { socket in
            var request: [UInt8] = []
            let end = socket.readAll { request += $0 }
            if end == .finished { socket.writeAll(request + [UInt8](repeating: 0x2E, count: 1_000_000)) }
            socket.finish()
        }
        let proxy = try TestProxy.serving(backend.address)
        let result = try run(
            """
            tls.write(b"request")
            close_notify()
            reply, end = read_all()
            print(reply[:7], len(reply), set(reply[7:]), end)
            """,
            proxy,
            version: version
        )
        #expect(result.output == "b'request' 1000007 {46} close_notify\n", "\(result.errors)")
        #expect(proxy.nextReport()?.reason == .finished)
    }

    @Test("A backend that ends first is told as close_notify, and the upload goes on to its end", arguments: versions)
    func upload(version: String) throws {
        let uploaded = Tally()
        let isWhole = Tally()
        let backend = TestBackend { socket in
            socket.writeAll([UInt8]("first".utf8))
            socket.finish()
            if socket.readAll({ uploaded.add($0.count) }) == .finished { isWhole.add() }
        }
        let proxy = try TestProxy.serving(backend.address, worker: .hardware)
        let result = try run(
            """
            reply, end = read_all()
            for _ in range(64):
                tls.write(b"u" * 65536)
                flush()
            close_notify()
            print(reply, end)
            """,
            proxy,
            version: version
        )
        #expect(result.output == "b'first' close_notify\n", "\(result.errors)")
        #expect(proxy.nextReport()?.reason == .finished)
        #expect(Eventually.holds { isWhole.count == 1 })
        #expect(uploaded.count == 64 * 65_536)
    }

    @Test("A backend's reset is an unexpected end for the client, after all that came before it", arguments: versions)
    func truncated(version: String) throws {
        let backend = TestBackend.resetting()
        let proxy = try TestProxy.serving(backend.address)
        let result = try run(
            """
            first = until_done(lambda: tls.read(65536))
            tls.write(b"x")
            flush()
            rest, end = read_all()
            print((first + rest).decode().strip(), end)
            """,
            proxy,
            version: version
        )
        #expect(result.output == "\(TestBackend.greeting) truncated\n", "\(result.errors)")
        #expect(proxy.nextReport()?.reason == .backendReset)
    }

    @Test("A client that drops its connection without close_notify is told as truncated", arguments: versions)
    func clientTruncates(version: String) throws {
        let backend = TestBackend.echo()
        let proxy = try TestProxy.serving(backend.address)
        let result = try run(
            """
            tls.write(b"half a")
            flush()
            sock.shutdown(socket.SHUT_WR)
            reply, end = read_all()
            print(reply, end)
            """,
            proxy,
            version: version
        )
        #expect(result.output == "b'half a' truncated\n", "\(result.errors)")
        #expect(proxy.nextReport()?.reason == .clientTruncated)
    }

    @Test("An SSLSocket's unwrap gets its close_notify, and the plain socket its end", arguments: versions)
    func unwrap(version: String) throws {
        let backend = TestBackend.echo()
        let proxy = try TestProxy.serving(backend.address)
        let script = """
            import socket, ssl, sys
            context = ssl.create_default_context(cafile=sys.argv[1])
            context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, sys.argv[3])
            sock = socket.create_connection(("127.0.0.1", int(sys.argv[2])), timeout=15)
            tls = context.wrap_socket(sock, server_hostname="localhost", suppress_ragged_eofs=False)
            tls.sendall(b"ping")
            assert tls.recv(4) == b"ping"
            plain = tls.unwrap()
            print(tls.version(), plain.recv(10))
            """
        let root = try CertificateChain.of(.ecdsa).rootPath
        let result = try Program("python3").run(["-c", script, root, proxy.port, version], timeout: 40)
        #expect(result.output.hasSuffix(" b''\n"), "\(result.errors)")
        #expect(proxy.nextReport()?.reason == .finished)
    }
}
