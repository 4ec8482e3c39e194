import DuplexPosix
import Foundation
import TestSupport
import Testing

@testable import DuplexDaemon

@Suite("Commands")
struct CommandTests {
    private func run(_ arguments: String...) -> Command.Result { Command.run(DaemonProcess.path, arguments) }

    @Test(
        "A faulty command line is a matter of usage",
        arguments: [
            ["fly"], ["check", "--nope"], ["demo", "--listen", "nowhere"], ["demo", "--listen", "systemd:x"],
            ["demo", "--backend", "1.2.3:x"], ["run", "--config"],
        ]
    )
    func usage(arguments: [String]) {
        let result = Command.run(DaemonProcess.path, arguments)
        #expect(result.status == ExitStatus.usage.rawValue)
        #expect(result.errors.contains("Error: "))
    }

    @Test(
        "A configuration that is missing, or wrong, ends each command with its own status",
        arguments: [
            ["run"], ["check"], ["print-config"], [],
        ]
    )
    func configuration(command: [String]) throws {
        let files = DaemonFiles()
        let missing = Command.run(DaemonProcess.path, command + ["--config", files.folder.path("none.toml")])
        #expect(missing.status == ExitStatus.fileMissing.rawValue)
        #expect(missing.errors.contains("none.toml: no such file"))
        files.write(daemon: "log_level = \"loud\"\ncolour = 1")
        let wrong = Command.run(DaemonProcess.path, command + ["--config", files.path])
        #expect(wrong.status == ExitStatus.configuration.rawValue)
        #expect(wrong.errors.contains("duplexd.toml:3: daemon.log_level: "))
        #expect(wrong.errors.contains("duplexd.toml:4: daemon.colour: unknown key"))
    }

    @Test("A file that may not be read is a matter of permission", .enabled(if: geteuid() != 0))
    func permission() {
        let files = DaemonFiles()
        files.write()
        chmod(files.path, 0)
        #expect(run("check", "--config", files.path).status == ExitStatus.permission.rawValue)
    }

    @Test("An address that is taken ends the daemon with 69, and says which")
    func taken() throws {
        let backend = TestBackend.echo()
        let files = DaemonFiles()
        files.write(listen: "\(backend.address)")
        let result = run("run", "--config", files.path)
        #expect(result.status == ExitStatus.cannotListen.rawValue)
        #expect(result.errors.contains("cannot listen on \(backend.address): bind"))
    }

    @Test("A socket that was not passed ends the daemon with 78")
    func notInherited() {
        let files = DaemonFiles()
        files.write(listen: "systemd:front")
        let result = run("run", "--config", files.path)
        #expect(result.status == ExitStatus.configuration.rawValue)
        #expect(result.errors.contains("no socket named"))
    }

    @Test("check says what it would listen on, and ends with 0")
    func check() {
        let files = DaemonFiles()
        files.write(backend: "127.0.0.1:6379", listen: "127.0.0.1:6380")
        let result = run("check", "--config", files.path)
        #expect(result.status == 0)
        #expect(result.output.contains("proxy \"web\": 127.0.0.1:6380 to 127.0.0.1:6379\n"))
        #expect(result.output.contains("certificate /CN=localhost (localhost"))
        #expect(result.output.hasSuffix("\(files.path): no errors\n"))
    }

    @Test("print-config prints a configuration that check accepts")
    func printConfig() {
        let files = DaemonFiles()
        files.write()
        let printed = run("print-config", "--config", files.path)
        #expect(printed.status == 0)
        #expect(printed.output.contains("drain_timeout = \"30s\""))
        files.folder.write("printed.toml", Array(printed.output.utf8))
        #expect(run("check", "--config", files.folder.path("printed.toml")).status == 0)
        #expect(!printed.output.contains("BEGIN"))
    }

    @Test("--version names the daemon, wolfSSL as it runs, and hardware crypto")
    func version() {
        let result = run("--version")
        #expect(result.status == 0)
        let lines = result.output.split(separator: "\n")
        #expect(lines.first == "duplexd 0.1.0")
        #expect(lines.dropFirst().first?.hasPrefix("wolfSSL 5.") == true)
        #expect(lines.dropFirst(2).first?.hasPrefix("hardware crypto: ") == true)
    }
}
