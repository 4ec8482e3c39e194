import DuplexPosix
import DuplexTLS
import ProxyEngine
import TestSupport
import Testing

@Suite("OpenSSL s_client: session tickets")
struct TicketTests {
    private static let versions = ["-tls1_2", "-tls1_3"]

    /// Two handshakes of one client, the second with the first one's ticket.
    private struct Visits {
        let backend = TestBackend.greeter()
        let proxy: TestProxy
        let keys: TicketKeys
        private let folder = TemporaryFolder()
        private let version: String

        init(_ version: String) throws {
            self.version = version
            proxy = try TestProxy.serving(backend.address)
            keys = try TicketKeys()
            try reload()
        }

        /// Gives the proxy a context made anew.
        func reload(keys other: TicketKeys?? = .none, scope: String = "one", policy: TLSPolicy = .intermediate) throws {
            let settings = ServerSettings(
                identity: try CertificateChain.of(.ecdsa).identity,
                policy: policy,
                ticketKeys: other ?? keys,
                ticketScope: scope,
                device: try Worker.library.device
            )
            try proxy.reload(settings, backend: backend.address)
        }

        func first() throws -> OpenSSLClient {
            let client = try OpenSSLClient(proxy, [version, "-sess_out", folder.path("session")])
            #expect(client.agreement?.hasPrefix("New, ") == true, "\(client.text)")
            #expect(proxy.nextReport()?.session?.isResumed == false)
            return client
        }

        /// - Returns: whether client and server agree that the session was resumed.
        func second(serverName: String = "localhost") throws -> Bool {
            #expect(folder.read("session") != nil, "the client kept no session")
            let client = try OpenSSLClient(
                proxy,
                [version, "-sess_in", folder.path("session")],
                serverName: serverName
            )
            #expect(client.text.contains(TestBackend.greeting), "\(client.text)")
            let isResumed = client.agreement?.hasPrefix("Reused, ") == true
            let report = try #require(proxy.nextReport())
            #expect(report.session?.isResumed == isResumed)
            return isResumed
        }
    }

    @Test("A ticket spares the second handshake, and says how long it lives", arguments: versions)
    func resumed(version: String) throws {
        let visits = try Visits(version)
        let first = try visits.first()
        #expect(first.value("TLS session ticket lifetime hint: ") == "\(TicketKeys.ticketLifetime) (seconds)")
        #expect(try visits.second())
    }

    @Test("A ticket outlives a reload: a new context with the same ticket keys takes it", arguments: versions)
    func afterReload(version: String) throws {
        let visits = try Visits(version)
        _ = try visits.first()
        try visits.reload()
        #expect(try visits.second())
    }

    @Test("A ticket is refused under another server name, and the handshake is a full one", arguments: versions)
    func otherName(version: String) throws {
        let visits = try Visits(version)
        _ = try visits.first()
        #expect(try !visits.second(serverName: "other.test"))
    }

    @Test("A ticket is refused in another scope", arguments: versions)
    func otherScope(version: String) throws {
        let visits = try Visits(version)
        _ = try visits.first()
        try visits.reload(scope: "two")
        #expect(try !visits.second())
    }

    @Test("A ticket of other keys is refused", arguments: versions)
    func otherKeys(version: String) throws {
        let visits = try Visits(version)
        _ = try visits.first()
        try visits.reload(keys: TicketKeys())
        #expect(try !visits.second())
    }

    @Test("Without ticket keys a ticket is neither taken nor given", arguments: versions)
    func noKeys(version: String) throws {
        let visits = try Visits(version)
        _ = try visits.first()
        try visits.reload(keys: .some(nil))
        #expect(try !visits.second())
        let client = try OpenSSLClient(visits.proxy, [version])
        #expect(!client.text.contains("TLS session ticket:"), "\(client.text)")
        #expect(!client.text.contains("NewSessionTicket"))
    }

    @Test("A ticket of TLS 1.2 does not carry a client past a policy of TLS 1.3 alone")
    func otherPolicy() throws {
        let visits = try Visits("-tls1_2")
        _ = try visits.first()
        try visits.reload(policy: .modern)
        let client = try OpenSSLClient(visits.proxy, ["-tls1_2"])
        #expect(client.text.contains("SSL alert number 70"), "\(client.text)")
    }

    @Test("GnuTLS resumes too", arguments: ["1.2", "1.3"])
    func gnuTLS(version: String) throws {
        let backend = TestBackend.greeter()
        let proxy = try TestProxy.serving(backend.address, worker: .hardware)
        let client = try GnuTLSClient(proxy, ["--resume"], priority: "NORMAL:-VERS-ALL:+VERS-TLS\(version)")
        #expect(client.text.contains("*** This is a resumed session"), "\(client.text)")
        let reports = [try #require(proxy.nextReport()), try #require(proxy.nextReport())]
        #expect(reports.count { $0.session?.isResumed == true } == 1)
        #expect(reports.count { $0.session?.isResumed == false } == 1)
    }
}
