import TestSupport

/// `redis-cli --tls`, run against a proxy whose certificate it verifies.
struct RedisClient {
    let proxy: TestProxy

    private var connection: [String] {
        get throws {
            [
                "-h", "127.0.0.1", "-p", proxy.port, "--tls", "--sni", "localhost", "--cacert",
                try CertificateChain.of(.ecdsa).rootPath,
            ]
        }
    }

    /// Runs one command, or several from `input`, one a line.
    func run(_ arguments: [String], input: String? = nil) throws -> Command.Result {
        try Program("redis-cli").run(connection + arguments, input: input)
    }

    /// Runs a command with files for its input and output, which may be large.
    func run(_ arguments: [String], inputPath: String = "/dev/null", outputPath: String) throws -> Command.Result {
        try Program("bash").run(
            ["-c", "input=$1 output=$2; shift 2; exec \"$@\" <\"$input\" >\"$output\"", "bash", inputPath, outputPath]
                + [Program("redis-cli").path] + connection + arguments
        )
    }

    /// Starts a command that goes on until it is ended.
    func start(_ arguments: [String]) throws -> Child {
        try Child(server: Program("redis-cli"), connection + arguments)
    }
}
