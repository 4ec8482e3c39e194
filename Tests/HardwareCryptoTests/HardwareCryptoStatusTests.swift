import HardwareCrypto
import Testing

@Suite struct HardwareCryptoStatusTests {
    #if HardwareCrypto
    @Test func `the device is registered once and names what does the work`() throws {
        let deviceID = try InitialisedLibrary.deviceID.get()
        let status = HardwareCrypto.register()
        #expect(status == HardwareCrypto.status)
        #expect(status.deviceID == deviceID)
        #expect(deviceID != -2)  // INVALID_DEVID
        #expect(status.description.hasPrefix("AES-GCM, RSA, ECDSA, ECDH, X25519, SHA-2 by libcrypto 3."))
    }
    #else
    @Test func `without the trait the status says that it is not built in`() {
        #expect(HardwareCrypto.register() == .notBuiltIn)
        #expect(HardwareCrypto.status.deviceID == nil)
        #expect("\(HardwareCrypto.status)" == "not built in")
        HardwareCrypto.releaseThreadContexts()
        HardwareCrypto.releaseKeys()
        #expect(HardwareCrypto.liveContextCount == 0)
        #expect(HardwareCrypto.liveKeyCount == 0)
        #expect(HardwareCrypto.liveKeyContextCount == 0)
    }
    #endif

    @Test func `a device that cannot be used has no number and says why`() {
        let status = HardwareCryptoStatus.unavailable(reason: "libcrypto has no AES-GCM")
        #expect(status.deviceID == nil)
        #expect("\(status)" == "off: libcrypto has no AES-GCM")
    }
}
