import Benchmark
import Workbench

private let sizes = [(bytes: 64, name: "64 B"), (bytes: 1_024, name: "1 KiB"), (bytes: 16_384, name: "16 KiB")]
private let versions = [(version: Setting.Version.tls13, name: "TLS 1.3"), (version: .tls12, name: "TLS 1.2")]

/// One record at a time: plaintext to ciphertext that was handed on, and ciphertext to plaintext.
func registerRecords() {
    for (version, versionName) in versions {
        for (bytes, sizeName) in sizes {
            Benchmark("record out, \(sizeName), \(versionName)", configuration: .init(scalingFactor: .kilo)) {
                benchmark in
                let conversation = try Conversation(Bench(Setting(version, .ecdsa)))
                let plaintext = [UInt8](repeating: 7, count: bytes)
                benchmark.startMeasurement()
                for _ in benchmark.scaledIterations {
                    try conversation.send(plaintext)
                    conversation.discardSent()
                }
            }
            Benchmark("record in, \(sizeName), \(versionName)", configuration: .init(scalingFactor: .kilo)) {
                benchmark in
                let conversation = try Conversation(Bench(Setting(version, .ecdsa)))
                let plaintext = [UInt8](repeating: 7, count: bytes)
                for _ in benchmark.scaledIterations { try conversation.clientSends(plaintext) }
                benchmark.startMeasurement()
                let received = try conversation.receive()
                benchmark.stopMeasurement()
                if received != bytes * benchmark.scaledIterations.count { benchmark.error("bytes were lost") }
            }
        }
    }
}
