import Benchmark
import Workbench

/// A handshake's server, by a clock of its own: wall clock and throughput would show the client's part as well.
func registerHandshakes() {
    let server = BenchmarkMetric.custom("Server's part (ns)", polarity: .prefersSmaller, useScalingFactor: false)
    let configuration = Benchmark.Configuration(metrics: [server])
    let settings = [
        (Setting(.tls13, .ecdsa), "TLS 1.3, ECDSA P-256"), (Setting(.tls13, .rsa), "TLS 1.3, RSA-2048"),
        (Setting(.tls12, .ecdsa), "TLS 1.2, ECDSA P-256"), (Setting(.tls12, .rsa), "TLS 1.2, RSA-2048"),
    ]
    for (setting, name) in settings {
        let rig = Rig(setting)
        Benchmark("full handshake, \(name)", configuration: configuration) { benchmark in
            let conversation = try Conversation(rig.bench())
            benchmark.measurement(server, conversation.handshakeTime.nanoseconds)
        }
        Benchmark("resumed handshake, \(name)", configuration: configuration) { benchmark in
            let conversation = try rig.resumed()
            benchmark.measurement(server, conversation.handshakeTime.nanoseconds)
        }
    }
}

/// What one setting's handshakes have in common, made when the first of them needs it.
private final class Rig: @unchecked Sendable {
    // Invariant for @unchecked Sendable: benchmarks run one after the other.
    private let setting: Setting
    private var kept: Bench?
    private var newest: Conversation?

    init(_ setting: Setting) { self.setting = setting }

    func bench() throws -> Bench {
        if let kept { return kept }
        let made = try Bench(setting)
        kept = made
        return made
    }

    /// A handshake that takes up the session of the one before.
    func resumed() throws -> Conversation {
        let next = try Conversation(bench(), resuming: newest ?? Conversation(bench()))
        newest = next
        return next
    }
}

extension Duration {
    fileprivate var nanoseconds: Int {
        Int(components.seconds) * 1_000_000_000 + Int(components.attoseconds / 1_000_000_000)
    }
}
