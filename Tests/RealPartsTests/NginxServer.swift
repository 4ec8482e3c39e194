import DuplexPosix
import Foundation
import TestSupport

/// An nginx of a test's own, without TLS: on a port of 127.0.0.1 and on a Unix socket.
///
/// - `/…`: files of its folder, which PUT adds to; text is compressed on the fly, and so comes in chunks.
/// - `/small/…`: refuses a body of more than 1 KiB at once, with a long page.
final class NginxServer: Sendable {
    let address: SocketAddress
    let unixAddress: SocketAddress
    private let folder: TemporaryFolder
    private let child: Child

    init() throws {
        let folder = TemporaryFolder()
        let nginx = try Program("nginx")
        for name in ["files", "files/small", "temporary"] {
            try FileManager.default.createDirectory(atPath: folder.path(name), withIntermediateDirectories: true)
        }
        folder.write("files/refused.html", Self.refusal)
        let started = try FreePort.server("nginx", readiness: "using the \"epoll\" event method") { port in
            folder.write("nginx.conf", [UInt8](Self.configuration(folder, port: port).utf8))
            return try Child(
                server: nginx,
                ["-p", folder.path(""), "-c", folder.path("nginx.conf"), "-e", "stderr"]
            )
        }
        guard let address = SocketAddress(ip: "127.0.0.1", port: started.port),
            let unixAddress = SocketAddress(path: folder.path("nginx.sock"))
        else { throw Child.Failure(program: "nginx", log: "its Unix socket's path is too long") }
        child = started.child
        self.address = address
        self.unixAddress = unixAddress
        self.folder = folder
    }

    /// What `/small/` answers to a body that is too large: longer than what sockets hold back by themselves.
    static let refusal = [UInt8](String(repeating: "This body is larger than 1 KiB.\n", count: 20_000).utf8)

    /// The path of a file that nginx serves.
    func file(_ name: String) -> String { folder.path("files/" + name) }

    /// For each request in turn: the number of its connection, its method, its status.
    var requests: [String] {
        let log = folder.read("access.log") ?? []
        return String(decoding: log, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func configuration(_ folder: TemporaryFolder, port: UInt16) -> String {
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map { part in
            "    \(part)_temp_path \(folder.path("temporary/" + part));"
        }
        return """
            daemon off;
            master_process off;
            pid \(folder.path("nginx.pid"));
            error_log stderr notice;
            events {}
            http {
            \(temporary.joined(separator: "\n"))
                log_format short '$connection $request_method $status';
                access_log \(folder.path("access.log")) short;
                types { text/plain txt; text/html html; }
                default_type application/octet-stream;
                sendfile on;
                gzip on;
                gzip_types text/plain;
                gzip_min_length 1;
                server {
                    listen 127.0.0.1:\(port);
                    listen unix:\(folder.path("nginx.sock"));
                    root \(folder.path("files"));
                    client_max_body_size 0;
                    dav_methods PUT;
                    location /small/ {
                        client_max_body_size 1k;
                        error_page 413 /refused.html;
                    }
                }
            }
            """
    }
}
