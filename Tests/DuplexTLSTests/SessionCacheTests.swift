import CWolfSSLShims
import DuplexTLS
import Testing

@Suite struct SessionCacheTests {
    @Test(arguments: Version.allCases)
    func `a session for which a ticket was issued leaves nothing in the library's cache`(
        version: Version
    ) throws {
        try TLSLibrary.initialise()
        let before = try cache()
        for _ in 0..<3 {
            let pair = try TLSPair.connected(version, ticketKeys: TicketKeys())
            _ = try pair.client.drain()
        }
        #expect(try cache() == before)
    }

    private struct Refused: Error {}

    /// All that the library keeps for the process, the secrets of sessions among it.
    private func cache() throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Int(wolfSSL_get_session_cache_memsize()))
        guard wolfSSL_memsave_session_cache(&bytes, Int32(bytes.count)) == duplex_wolfssl_success else {
            throw Refused()
        }
        return bytes
    }
}
