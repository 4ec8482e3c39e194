import DuplexPosix
import TestSupport

/// A plain `redis-server` of a test's own: on a port of 127.0.0.1 and on a Unix socket, nothing kept on disk.
final class RedisServer: Sendable {
    let address: SocketAddress
    let unixAddress: SocketAddress
    private let folder: TemporaryFolder
    private let child: Child

    init() throws {
        let folder = TemporaryFolder()
        let redis = try Program("redis-server")
        // The last thing that it says before it serves.
        let readiness = "The server is now ready to accept connections at \(folder.path("redis.sock"))"
        let started = try FreePort.server("redis-server", readiness: readiness) { port in
            try Child(
                server: redis,
                ["--port", String(port), "--bind", "127.0.0.1", "--unixsocket", folder.path("redis.sock")]
                    + ["--dir", folder.path(""), "--save", "", "--appendonly", "no", "--daemonize", "no"]
            )
        }
        guard let address = SocketAddress(ip: "127.0.0.1", port: started.port),
            let unixAddress = SocketAddress(path: folder.path("redis.sock"))
        else { throw Child.Failure(program: "redis-server", log: "its Unix socket's path is too long") }
        child = started.child
        self.address = address
        self.unixAddress = unixAddress
        self.folder = folder
    }
}
