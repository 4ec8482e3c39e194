import TestSupport

/// `curl`, speaking HTTP/1.1 to a proxy whose certificate it verifies.
struct CurlClient {
    let status: Int32
    let output: String
    /// What it tells about the connection and the headers (`--verbose`).
    let talk: String

    init(_ proxy: TestProxy, _ arguments: [String], input: String? = nil) throws {
        let result = try Program("curl").run(
            ["--verbose", "--silent", "--show-error", "--http1.1", "--max-time", "50", "--noproxy", "*"]
                + ["--cacert", CertificateChain.of(.ecdsa).rootPath]
                + ["--resolve", "localhost:\(proxy.port):127.0.0.1"] + arguments,
            input: input
        )
        status = result.status
        output = result.output
        talk = result.errors
    }

    /// The value of a header of the last answer.
    func header(_ name: String) -> String? {
        talk.split(whereSeparator: \.isNewline)
            .last { $0.lowercased().hasPrefix("< \(name.lowercased()): ") }
            .map { String($0.dropFirst(name.count + 4)) }
    }
}
