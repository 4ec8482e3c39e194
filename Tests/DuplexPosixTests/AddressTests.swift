import DuplexPosix
import Glibc
import Testing

@Suite struct AddressTests {
    @Test(
        arguments: [
            ("127.0.0.1", 80, "127.0.0.1:80"), ("0.0.0.0", 0, "0.0.0.0:0"),
            ("255.255.255.255", 65_535, "255.255.255.255:65535"),
            ("::1", 443, "[::1]:443"), ("::", 0, "[::]:0"), ("2001:db8:0:0::1", 1, "[2001:db8::1]:1"),
            ("::ffff:10.0.0.1", 9, "[::ffff:10.0.0.1]:9"),
        ] as [(String, UInt16, String)]
    )
    func `digits become an address and digits again`(ip: String, port: UInt16, text: String) throws {
        let address = try #require(SocketAddress(ip: ip, port: port))
        #expect(address.description == text)
        #expect(address.port == port)
        #expect(address.path == nil)
        #expect(!address.isUnix)
        #expect(address.family == (ip.contains(":") ? AF_INET6 : AF_INET))
        #expect(address == SocketAddress(ip: address.host ?? "", port: port))
    }

    @Test(arguments: [
        "", "localhost", "example.org", "256.0.0.1", "1.2.3.4.5", ":::", "[::1]", "127.0.0.1:80", "::1%nowhere",
    ])
    func `what is not digits is no address`(text: String) {
        #expect(SocketAddress(ip: text, port: 1) == nil)
    }

    @Test func `a path becomes a Unix address and a path again`() throws {
        let address = try #require(SocketAddress(path: "/run/app.sock"))
        #expect(address.isUnix)
        #expect(address.path == "/run/app.sock")
        #expect(address.description == "unix:/run/app.sock")
        #expect(address.port == nil)
        #expect(address.host == nil)
    }

    @Test func `a path at the limit is whole, and one over it, an empty one or one with a zero byte is no address`() {
        let longest = "/" + String(repeating: "a", count: SocketAddress.pathLimit - 1)
        #expect(SocketAddress(path: longest)?.path == longest)
        #expect(SocketAddress(path: longest + "a") == nil)
        #expect(SocketAddress(path: "") == nil)
        #expect(SocketAddress(path: "/a\0b") == nil)
    }

    @Test func `addresses are equal when host and port are`() {
        #expect(SocketAddress(ip: "127.0.0.1", port: 1) == SocketAddress(ip: "127.0.0.1", port: 1))
        #expect(SocketAddress(ip: "127.0.0.1", port: 1) != SocketAddress(ip: "127.0.0.1", port: 2))
        #expect(SocketAddress(ip: "::1", port: 1) != SocketAddress(ip: "127.0.0.1", port: 1))
    }

    @Test func `a listener's address is the one that it was given, with the port that the system picked`() throws {
        for family in Loopback.Family.allCases {
            let folder = ScratchFolder()
            let asked = try Loopback.address(family, in: folder)
            let listener = try Socket.listen(on: asked, backlog: 1)
            let found = try #require(listener.localAddress)
            #expect(found.family == asked.family)
            #expect(found.host == asked.host)
            #expect(found.path == asked.path)
            if family != .unix { #expect(found.port != 0) }
        }
    }

    @Test func `digits resolve to themselves and an impossible name to an error that names it`() throws {
        let found = try SocketAddress.resolve(host: "127.0.0.1", port: 5)
        #expect(found == [try #require(SocketAddress(ip: "127.0.0.1", port: 5))])
        // A label over 63 bytes is refused without asking anyone.
        let name = String(repeating: "a", count: 64) + ".invalid"
        let error = #expect(throws: ResolutionError.self) { try SocketAddress.resolve(host: name, port: 5) }
        #expect(error?.host == name)
        #expect(error?.description.contains(name) == true)
    }

    @Test func `an error names its call, its subject and the system's text`() {
        let error = SystemCallError("bind", "127.0.0.1:1", code: EADDRINUSE)
        #expect(error.description == "bind 127.0.0.1:1: Address already in use")
        #expect(SystemCallError("poll", code: EINTR).description == "poll: Interrupted system call")
    }
}
