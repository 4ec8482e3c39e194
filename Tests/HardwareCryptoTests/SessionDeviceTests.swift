import CWolfSSLShims
import DuplexTLS
import Testing

/// What the library makes without the session's device, and this program with it.
@Suite struct SessionDeviceTests {
    /// The device of a key that the library makes without one, on this thread.
    private func deviceOfLibraryMadeKey() -> Int32 {
        let key = UnsafeMutablePointer<curve25519_key>.allocate(capacity: 1)
        defer { key.deallocate() }
        // The library's function, which calls wc_curve25519_init_ex with INVALID_DEVID.
        guard wc_curve25519_init(key) == 0 else { return 0 }
        defer { wc_curve25519_free(key) }
        return key.pointee.devId
    }

    #if HardwareCrypto
    @Test func `a key made inside a session has the session's device, and outside of it none`() {
        #expect(deviceOfLibraryMadeKey() == INVALID_DEVID)
        let outer = duplex_session_enter(7)
        #expect(outer == INVALID_DEVID)
        #expect(deviceOfLibraryMadeKey() == 7)
        let inner = duplex_session_enter(INVALID_DEVID)
        #expect(deviceOfLibraryMadeKey() == INVALID_DEVID)
        duplex_session_leave(inner)
        #expect(deviceOfLibraryMadeKey() == 7)
        duplex_session_leave(outer)
        #expect(deviceOfLibraryMadeKey() == INVALID_DEVID)
    }

    @Test func `a key that is given a device keeps it`() {
        let outer = duplex_session_enter(7)
        defer { duplex_session_leave(outer) }
        let key = UnsafeMutablePointer<curve25519_key>.allocate(capacity: 1)
        defer { key.deallocate() }
        #expect(wc_curve25519_init_ex(key, nil, 8) == 0)
        #expect(key.pointee.devId == 8)
        wc_curve25519_free(key)
    }

    @Test func `another thread is not inside the session of this one`() throws {
        let outer = duplex_session_enter(7)
        defer { duplex_session_leave(outer) }
        #expect(try onOwnThread { duplex_session_current() } == INVALID_DEVID)
    }

    @Test(arguments: [TLSPolicy.modern, .tls12Only])
    func `a session's device is asked for the X25519 of its handshake, whichever end it serves`(
        policy: TLSPolicy
    ) throws {
        let identity = try TLSIdentity.selfSigned(days: 1)
        let device = DuplexTLS.CryptoDevice(id: CountingDevice.id)
        for (onClient, onServer) in [(true, false), (false, true), (true, true), (false, false)] {
            let counts = try CountingDevice.counting {
                let client = ClientSettings(trust: .anyone, policy: policy, device: onClient ? device : nil)
                let server = ServerSettings(identity: identity, policy: policy, device: onServer ? device : nil)
                let contexts = try (client: TLSContext(client: client), server: TLSContext(server: server))
                // Making a server's context takes a handshake too.
                CountingDevice.reset()
                _ = try SessionPair(client: contexts.client, server: contexts.server)
            }
            let ends = (onClient ? 1 : 0) + (onServer ? 1 : 0)
            #expect(counts.x25519KeysMade == ends)
            #expect(counts.x25519Secrets == ends)
        }
    }
    #else
    @Test func `without the trait the library's functions are the library's`() {
        let outer = duplex_session_enter(7)
        defer { duplex_session_leave(outer) }
        #expect(deviceOfLibraryMadeKey() == INVALID_DEVID)
    }
    #endif
}
