import DuplexPosix
import TestSupport

/// A TLS client on Python's `ssl`, that is on OpenSSL: what it calls a clean end is not our own library's opinion.
enum PythonClient {
    /// What the client does after it has sent its question.
    enum Act: String, Sendable, CaseIterable {
        /// Reads to the end.
        case reads
        /// Sends close_notify and reads on.
        case closes
        /// Sends FIN without close_notify and reads on.
        case truncates
        /// Reads to the end, then uploads 300,000 bytes and sends close_notify.
        case uploadsLater
    }

    static let isPresent = Command.run("python3", ["-c", "import ssl"]).status == 0

    /// Connects, sends `question`, acts, reads to the end.
    ///
    /// - Returns: the number of bytes read and how the stream ended: `close_notify`, `truncated` or `reset`, and
    ///   `fin` when FIN came behind close_notify; the errors when the program failed.
    static func run(_ act: Act, version: Version, address: SocketAddress, question: String) -> String {
        let result = Command.run(
            "python3",
            ["-c", program, "\(address.port ?? 0)", version.rawValue, act.rawValue, question],
            timeout: 30
        )
        return result.status == 0 ? result.output : result.errors
    }

    private static let program = """
        import socket, ssl, sys
        port, version, act, question = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4].encode()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        pinned = ssl.TLSVersion.TLSv1_2 if version == "tls12" else ssl.TLSVersion.TLSv1_3
        context.minimum_version = context.maximum_version = pinned
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(incoming, outgoing, server_hostname="localhost")
        wire = socket.create_connection(("127.0.0.1", port), timeout=20)

        def flush():
            wire.sendall(outgoing.read())

        def receive():
            data = wire.recv(65536)
            incoming.write(data) if data else incoming.write_eof()

        def close():
            try:
                tls.unwrap()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError:
                pass
            flush()

        def read_to_end():
            count = 0
            while True:
                try:
                    data = tls.read(65536)
                    if not data:
                        return count, "close_notify"
                    count += len(data)
                except ssl.SSLWantReadError:
                    receive()
                except ssl.SSLZeroReturnError:
                    return count, "close_notify"
                except ssl.SSLEOFError:
                    return count, "truncated"
                except ConnectionResetError:
                    return count, "reset"

        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                flush()
                receive()
        tls.write(question)
        flush()
        if act == "closes":
            close()
        if act == "truncates":
            wire.shutdown(socket.SHUT_WR)
        count, end = read_to_end()
        words = [str(count), end]
        if end == "close_notify" and wire.recv(1) == b"":
            words.append("fin")
        if act == "uploadsLater":
            tls.write(b"u" * 300000)
            close()
        wire.close()
        print(" ".join(words), end="")
        """
}
