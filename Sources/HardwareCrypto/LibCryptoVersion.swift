#if HardwareCrypto
import CLibCrypto

/// Which libcrypto runs, and which of the processor's instructions for AES and SHA-2 it uses.
enum LibCryptoVersion {
    /// For example "libcrypto 3.0.17 (AES-NI, PCLMULQDQ, SHA)".
    static var summary: String {
        let instructions = instructions(settings: text(OPENSSL_info(OPENSSL_INFO_CPU_SETTINGS)))
        return "libcrypto \(text(OpenSSL_version(OPENSSL_VERSION_STRING))) "
            + (instructions.isEmpty ? "(none of the processor's)" : "(\(instructions.joined(separator: ", ")))")
    }

    private static func text(_ string: UnsafePointer<CChar>?) -> String {
        string.map { String(cString: $0) } ?? ""
    }

    /// The instructions named by libcrypto's own view of the processor, after its environment variables had a say.
    ///
    /// - Parameter settings: such as "OPENSSL_ia32cap=0xfffa3203078bffff:0x400684219c07ab" (OPENSSL_ia32cap(3)), or
    ///   "OPENSSL_armcap=0x7d" (crypto/arm_arch.h); may carry " env:" and what was set there. Anything else: none.
    static func instructions(settings: String) -> [String] {
        let parts = settings.split(separator: " ")[...].first?.split(separator: "=") ?? []
        guard parts.count == 2 else { return [] }
        let words = parts[1].split(separator: ":").compactMap { word in
            word.hasPrefix("0x") ? UInt64(word.dropFirst(2), radix: 16) : nil
        }
        let known: [(word: Int, bit: UInt64, name: String)] =
            switch parts[0] {
            case "OPENSSL_ia32cap": [(0, 1 << 57, "AES-NI"), (0, 1 << 33, "PCLMULQDQ"), (1, 1 << 29, "SHA")]
            case "OPENSSL_armcap": [(0, 1 << 2, "ARMv8 AES"), (0, 1 << 5, "PMULL"), (0, 1 << 4, "SHA-256")]
            default: []
            }
        return known.filter { $0.word < words.count && words[$0.word] & $0.bit != 0 }.map(\.name)
    }
}
#endif
