import DuplexPosix
import Foundation
import ProxyEngine
import TestSupport
import Testing

@testable import DuplexDaemon

@Suite("The service manager")
struct ServiceManagerTests {
    private func manager(_ environment: [String: String]) -> ServiceManager {
        ServiceManager(environment: Environment(environment), processID: 42)
    }

    @Test("It hears each state in its own words, on a path and on an abstract name", arguments: [true, false])
    func messages(isAbstract: Bool) throws {
        let folder = TemporaryFolder()
        let path = isAbstract ? "@duplexd-test-\(UUID().uuidString)" : folder.path("notify")
        let receiver = try #require(NotifyReceiver(path))
        let manager = manager(["NOTIFY_SOCKET": path])
        manager.ready(status: "fine")
        #expect(receiver.next() == "READY=1\nSTATUS=fine")
        manager.status("3 connections")
        #expect(receiver.next() == "STATUS=3 connections")
        let before = MonotonicTime.now.nanoseconds / 1_000
        manager.reloading()
        let reloading = try #require(receiver.next()).split(separator: "\n")
        #expect(reloading.first == "RELOADING=1")
        let time = try #require(UInt64(reloading[1].dropFirst("MONOTONIC_USEC=".count)))
        #expect((before...(before + 20_000_000)).contains(time))
        manager.stopping(status: "draining")
        #expect(receiver.next() == "STOPPING=1\nSTATUS=draining")
        manager.keepAlive()
        #expect(receiver.next() == "WATCHDOG=1")
    }

    @Test(
        "Without one, and with one that cannot be reached, nothing happens",
        arguments: [
            [:], ["NOTIFY_SOCKET": ""], ["NOTIFY_SOCKET": "relative"], ["NOTIFY_SOCKET": "/nonexistent/socket"],
            ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)], ["NOTIFY_SOCKET": "vsock:2:1"],
        ]
    )
    func absent(environment: [String: String]) { manager(environment).ready(status: "fine") }

    @Test(
        "Keep-alives come twice in the time that it allows, if they are meant for this process",
        arguments: [
            (["WATCHDOG_USEC": "2000000"], Duration.seconds(1)),
            (["WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "42"], .seconds(1)),
            (["WATCHDOG_USEC": "2000000", "WATCHDOG_PID": "43"], nil), (["WATCHDOG_USEC": "x"], nil),
            (["WATCHDOG_USEC": "-5"], nil), ([:], nil),
        ]
    )
    func watchdog(environment: [String: String], expected: Duration?) {
        let all = environment.merging(["NOTIFY_SOCKET": "/run/x"]) { old, _ in old }
        #expect(manager(all).watchdogInterval == expected)
    }

    @Test("An unhealthy daemon sends no keep-alive")
    func health() throws {
        let folder = TemporaryFolder()
        let receiver = try #require(NotifyReceiver(folder.path("notify")))
        let manager = manager(["NOTIFY_SOCKET": folder.path("notify"), "WATCHDOG_USEC": "2"])
        var pulse = ServicePulse(manager: manager, counters: Counters())
        let start = try #require(pulse.due)
        #expect(Eventually.holds { MonotonicTime.now > start })
        pulse.beat { false }
        #expect(Eventually.holds { MonotonicTime.now > pulse.due ?? start })
        manager.status("between")
        pulse.beat { true }
        #expect(receiver.next() == "STATUS=between")
        #expect(receiver.next() == "WATCHDOG=1")
    }

    @Test("Sockets are taken over by their names, and what is no listening socket is named")
    func inheritedSockets() throws {
        let any = try #require(SocketAddress(ip: "127.0.0.1", port: 0))
        let listener = try Socket.listen(on: any, backlog: 1)
        // Descriptors far above those that the tests use.
        let first: Int32 = 700
        try #require(dup2(listener.number, first) == first)
        try #require(dup2(listener.number, first + 1) == first + 1)
        try #require(dup2(STDERR_FILENO, first + 2) == first + 2)
        defer { close(first + 2) }
        let environment = Environment(["LISTEN_PID": "42", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "web:web:other"])
        let inherited = InheritedSockets(environment: environment, processID: 42, firstDescriptor: first)
        #expect(inherited.sockets.keys.sorted() == ["web"])
        #expect(inherited.sockets["web"]?.localAddress == listener.localAddress)
        #expect(
            inherited.complaints == [
                "descriptor 701: a second socket named web; the first is used",
                "descriptor 702, named other, is not a listening stream socket",
            ]
        )
        close(first + 1)
        #expect(fcntl(first, F_GETFD) & FD_CLOEXEC != 0)
    }

    @Test(
        "Sockets of another process are left alone",
        arguments: [
            ["LISTEN_FDS": "3"], ["LISTEN_PID": "41", "LISTEN_FDS": "3"], ["LISTEN_PID": "42", "LISTEN_FDS": "-1"],
            ["LISTEN_PID": "42", "LISTEN_FDS": "x"],
        ]
    )
    func otherProcess(environment: [String: String]) {
        let inherited = InheritedSockets(environment: Environment(environment), processID: 42)
        #expect(inherited.sockets.isEmpty && inherited.complaints.isEmpty)
    }
}
