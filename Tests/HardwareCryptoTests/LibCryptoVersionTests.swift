#if HardwareCrypto
import Testing

@testable import HardwareCrypto

@Suite struct LibCryptoVersionTests {
    @Test(arguments: [
        ("OPENSSL_ia32cap=0xfffa3203078bffff:0x400684219c07ab", ["AES-NI", "PCLMULQDQ", "SHA"]),
        ("OPENSSL_ia32cap=0xfffa3203078bffff:0x400684019c07ab", ["AES-NI", "PCLMULQDQ"]),
        ("OPENSSL_ia32cap=0xfffa3203078bffff", ["AES-NI", "PCLMULQDQ"]),
        ("OPENSSL_ia32cap=0xfdf83203078bffff:0x0 env:~0x200000200000000", ["PCLMULQDQ"]),
        ("OPENSSL_ia32cap=0x0:0x0", []),
        ("OPENSSL_armcap=0x7d", ["ARMv8 AES", "PMULL", "SHA-256"]),
        ("OPENSSL_armcap=0x1", []),
        ("OPENSSL_s390xcap=0xffff", []),
        ("", []),
        ("OPENSSL_ia32cap=", []),
        ("OPENSSL_ia32cap=ffff", []),
    ])
    func `libcrypto's settings are read as the instructions they stand for`(settings: String, names: [String]) {
        #expect(LibCryptoVersion.instructions(settings: settings) == names)
    }
}
#endif
