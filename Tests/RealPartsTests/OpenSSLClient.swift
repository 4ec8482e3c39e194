import TestSupport

/// OpenSSL's `s_client`, run against a proxy.
struct OpenSSLClient {
    /// 0 when the handshake succeeded and the server ended the session in an orderly way.
    let status: Int32
    /// What it said on both outputs.
    let text: String

    /// Connects as `localhost`, reads until the server ends the session.
    init(_ proxy: TestProxy, _ arguments: [String], serverName: String = "localhost") throws {
        let result = try Program("openssl").run(
            Self.arguments(proxy, arguments, serverName: serverName) + ["-ign_eof"],
            timeout: 20
        )
        status = result.status
        text = result.output + result.errors
    }

    static func arguments(_ proxy: TestProxy, _ more: [String], serverName: String = "localhost") -> [String] {
        ["s_client", "-connect", proxy.target, "-servername", serverName] + more
    }

    /// What verifies the chain and the name, and gives up when either is wrong.
    static func verifying(_ kind: TestIdentity.Kind, name: String = "localhost") throws -> [String] {
        [
            "-CAfile", try CertificateChain.of(kind).rootPath, "-no-CApath", "-no-CAstore", "-verify_return_error",
            "-verify_hostname", name,
        ]
    }

    /// The rest of the first line that begins with `label`.
    func value(_ label: String) -> String? {
        text.split(whereSeparator: \.isNewline)
            .first { $0.drop { $0 == " " }.hasPrefix(label) }
            .map { String($0.drop { $0 == " " }.dropFirst(label.count)) }
    }

    /// Such as `New, TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256`.
    var agreement: String? {
        text.split(whereSeparator: \.isNewline).first { $0.contains(", Cipher is ") }.map(String.init)
    }
}
