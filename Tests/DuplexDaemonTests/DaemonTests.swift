import DuplexPosix
import DuplexTLS
import Foundation
import TestSupport
import Testing

@testable import DuplexDaemon

@Suite("The daemon")
struct DaemonTests {
    let backend = TestBackend.echo()
    let files = DaemonFiles()

    private func start(daemon: String = "", more: String = "", environment: [String: String] = [:]) throws
        -> DaemonProcess
    {
        files.write(backend: "\(backend.address)", daemon: daemon, more: more)
        return try DaemonProcess(["run", "--config", files.path], environment: environment)
    }

    /// Connects, and sees an echo.
    private func connect(_ daemon: DaemonProcess, proxy: String = "web") throws -> TestClient {
        let address = try #require(daemon.address(of: proxy), "\(daemon.output)")
        return try #require(TestClient.connect(address))
    }

    @Test("SIGTERM and SIGINT end an idle daemon at once, with 0", arguments: [SIGTERM, SIGINT])
    func idleStop(signal: Int32) throws {
        let daemon = try start()
        #expect(daemon.line(#""message":"started""#) != nil)
        daemon.signal(signal)
        #expect(daemon.status() == 0)
        #expect(daemon.line(#""message":"stopped","connections":"finished""#) != nil)
    }

    @Test("A connection's end is one line at level debug, and none at info", arguments: [true, false])
    func connectionLine(isDebug: Bool) throws {
        let daemon = try start(daemon: isDebug ? "log_level = \"debug\"" : "")
        do {
            let client = try connect(daemon)
            #expect(client.write(Array("abc".utf8)))
            #expect(client.read().0 == Array("abc".utf8))
            client.close()
            #expect(client.read().1 == .closeNotify)
        }
        daemon.signal(SIGTERM)
        #expect(daemon.status() == 0)
        let ends = daemon.output.filter { $0.contains("connection ended") }
        #expect(ends.count == (isDebug ? 1 : 0))
        if isDebug {
            #expect(
                ends[0].contains(
                    #""reason":"finished","tls":"TLSv1.3","suite":"TLS_AES_128_GCM_SHA256","sni":"localhost""#
                )
            )
            #expect(ends[0].contains(#""bytes_to_backend":3,"bytes_to_client":3,"#))
        }
    }

    @Test("A stopping daemon lets a connection finish, takes no new one, and ignores SIGHUP")
    func drainFinishes() throws {
        let daemon = try start()
        let address = try #require(daemon.address(of: "web"))
        let client = try connect(daemon)
        daemon.signal(SIGTERM)
        #expect(daemon.line(#""message":"stopping""#)?.contains(#""connections":1"#) == true)
        #expect(Eventually.holds { Socket.dial(address) == nil })
        daemon.signal(SIGHUP)
        #expect(client.write(Array("still here".utf8)))
        #expect(client.read().0 == Array("still here".utf8))
        client.close()
        #expect(client.read().1 == .closeNotify)
        #expect(daemon.status() == 0)
        #expect(!daemon.output.contains { $0.contains("reload") })
    }

    @Test("When drain_timeout has passed, a client gets close_notify and FIN")
    func drainExpires() throws {
        let daemon = try start(daemon: "drain_timeout = \"100ms\"\nlog_level = \"debug\"")
        let client = try connect(daemon)
        daemon.signal(SIGTERM)
        #expect(client.read().1 == .closeNotify)
        #expect(client.socket.readAll { _ in } == .finished)
        client.close()
        #expect(daemon.status() == 0)
        #expect(daemon.line(#""message":"connection ended""#)?.contains(#""reason":"drained""#) == true)
    }

    @Test("A second signal ends everything at once", arguments: [SIGTERM, SIGINT])
    func secondSignal(signal: Int32) throws {
        let daemon = try start(daemon: "drain_timeout = \"1h\"\nlog_level = \"debug\"")
        let client = try connect(daemon)
        daemon.signal(SIGTERM)
        #expect(daemon.line(#""message":"stopping""#) != nil)
        daemon.signal(signal)
        #expect(daemon.status(within: 10) == 0)
        #expect(daemon.line(#""message":"stopped","connections":"closed at once""#) != nil)
        _ = client.socket
    }

    @Test("SIGHUP takes a new file over: listeners, log level, certificate; live connections go on")
    func reload() throws {
        let daemon = try start()
        let client = try connect(daemon)
        let old = try #require(daemon.address(of: "web"))
        let fresh = try TLSIdentity.selfSigned(days: 30)
        files.write(fresh)
        files.write(backend: "\(backend.address)", daemon: "log_level = \"debug\"", more: second)
        daemon.signal(SIGHUP)
        #expect(daemon.line(#""message":"reloaded","listeners":2"#) != nil, "\(daemon.output)")
        #expect(client.write(Array("live".utf8)))
        #expect(client.read().0 == Array("live".utf8))

        let settings = ClientSettings(trust: .anchors(fresh.certificateChain))
        let checked = try SelfCheckClient(address: old, context: TLSContext(client: settings))
        try checked.close()
        let other = try connect(daemon, proxy: "second")
        other.close()
        #expect(other.read().1 == .closeNotify)
        #expect(daemon.line("connection ended", #""proxy":"second""#) != nil)

        files.write(backend: "\(backend.address)")
        daemon.signal(SIGHUP)
        #expect(daemon.line(#""message":"reloaded","listeners":1"#) != nil)
        client.close()
        daemon.signal(SIGTERM)
        #expect(daemon.status() == 0)
    }

    @Test(
        "A bad file at SIGHUP changes nothing, and every fault of it is logged",
        arguments: [
            "log_level = \"loud\"\ncolour = 1", "max_connections = ",
        ]
    )
    func badReload(fault: String) throws {
        let daemon = try start()
        _ = try connect(daemon)
        files.write(backend: "\(backend.address)", daemon: fault)
        daemon.signal(SIGHUP)
        #expect(daemon.line("reload refused, old configuration kept") != nil)
        #expect(daemon.line("configuration problem", "duplexd.toml:") != nil)
        if fault.contains("colour") { #expect(daemon.line("unknown key") != nil) }
        _ = try connect(daemon)
        daemon.signal(SIGTERM)
        #expect(daemon.status() == 0)
    }

    @Test("An address that is taken at SIGHUP keeps the old listeners")
    func takenAtReload() throws {
        let daemon = try start()
        _ = try connect(daemon)
        files.write(backend: "\(backend.address)", listen: "\(backend.address)")
        daemon.signal(SIGHUP)
        #expect(daemon.line("reload refused", "cannot listen on \(backend.address)") != nil)
        _ = try connect(daemon)
        daemon.signal(SIGTERM)
        #expect(daemon.status() == 0)
    }

    @Test("SIGPIPE does not end the daemon, nor does a log reader that goes away")
    func brokenPipe() throws {
        let daemon = try start()
        _ = try connect(daemon)
        daemon.signal(SIGPIPE)
        _ = try connect(daemon)
        daemon.signal(SIGTERM)
        #expect(daemon.status() == 0)

        // Standard error is a pipe that nobody can read.
        files.write(backend: "\(backend.address)")
        let script = """
            import os, sys
            reader, writer = os.pipe()
            child = os.fork()
            if child == 0:
                os.dup2(writer, 2)
                os.close(reader)
                os.execv(sys.argv[1], [sys.argv[1], "run", "--config", sys.argv[2]])
            os.close(reader)
            os.close(writer)
            print("pid", child, flush=True)
            print("status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
            """
        let shell = try DaemonProcess(
            ["python3", "-c", script, DaemonProcess.path, files.path],
            program: "/usr/bin/env"
        )
        let line = try #require(shell.line("pid "))
        let id = try #require(Int32(line.split(separator: " ")[1]))
        #expect(Eventually.holds { Self.threadNames(id).contains { $0.hasPrefix("accept") } })
        kill(id, SIGTERM)
        #expect(shell.line("status 0") != nil, "\(shell.output)")
    }

    @Test("A client over max_connections is refused, and the log says so at once and once")
    func refusals() throws {
        let daemon = try start(daemon: "max_connections = 1")
        let address = try #require(daemon.address(of: "web"))
        let client = try connect(daemon)
        for _ in 0..<20 {
            let refused = try #require(Socket.dial(address))
            // A silent client is accepted after a second only.
            refused.writeAll([22])
            _ = refused.readSome()
        }
        #expect(daemon.line(#""level":"notice""#, "client refused: connection limit reached", #""limit":1"#) != nil)
        client.close()
        _ = client.read()
        daemon.signal(SIGTERM)
        #expect(daemon.status() == 0)
        #expect(daemon.output.filter { $0.contains(#""message":"client refused"#) }.count == 2)
        #expect(daemon.line("client refused: connection limit reached again", #""count":19"#) != nil)
    }

    @Test("The service manager hears READY, RELOADING, READY, STATUS and STOPPING, in this order")
    func notification() throws {
        let path = files.folder.path("notify")
        let receiver = try #require(NotifyReceiver(path))
        let daemon = try start(environment: ["NOTIFY_SOCKET": path])
        #expect(receiver.next() == "READY=1\nSTATUS=0 connections, 0 served, 0 refused")
        daemon.signal(SIGHUP)
        #expect(receiver.next()?.hasPrefix("RELOADING=1\nMONOTONIC_USEC=") == true)
        #expect(receiver.next()?.hasPrefix("READY=1\n") == true)
        let client = try connect(daemon)
        #expect(receiver.next(containing: "STATUS=1 connections, 1 served") != nil)
        daemon.signal(SIGTERM)
        #expect(receiver.next(containing: "STOPPING=1\nSTATUS=draining 1 connections") != nil)
        client.close()
        _ = client.read()
        #expect(daemon.status() == 0)
    }

    @Test("A watchdog is kept content")
    func watchdog() throws {
        let path = files.folder.path("notify")
        let receiver = try #require(NotifyReceiver(path))
        let daemon = try start(environment: ["NOTIFY_SOCKET": path, "WATCHDOG_USEC": "200000"])
        for _ in 0..<3 { #expect(receiver.next(containing: "WATCHDOG=1") != nil) }
        daemon.signal(SIGTERM)
        #expect(daemon.status() == 0)
    }

    @Test("A socket of the service manager is served, and stays open over a reload")
    func socketActivation() throws {
        files.write(backend: "\(backend.address)", listen: "systemd:front")
        let script = """
            import os, socket, sys
            s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
            os.dup2(s.fileno(), 3)
            os.set_inheritable(3, True)
            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="front")
            os.execv(sys.argv[1], [sys.argv[1], "run", "--config", sys.argv[2]])
            """
        let daemon = try DaemonProcess(
            ["python3", "-c", script, DaemonProcess.path, files.path],
            program: "/usr/bin/env"
        )
        _ = try connect(daemon)
        daemon.signal(SIGHUP)
        #expect(daemon.line(#""message":"reloaded""#) != nil)
        _ = try connect(daemon)
        daemon.signal(SIGTERM)
        #expect(daemon.status() == 0, "\(daemon.output)")
    }

    private var second: String {
        """
        [[proxy]]
        name = "second"
        listen = "127.0.0.1:0"
        backend = "\(backend.address)"
        tls = { certificate = "cert.pem", private_key = "key.pem" }
        """
    }

    private static func threadNames(_ id: Int32) -> [String] {
        let folder = "/proc/\(id)/task"
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).compactMap {
            try? String(contentsOfFile: "\(folder)/\($0)/comm", encoding: .utf8)
        }
    }
}
