// Does one kind of work so many times, for a tool that counts instructions inside `countedWork`:
//   counted-work KIND COUNT
// The first few times are not counted: they fill caches of the process, such as the converted private key.

import Glibc
import Workbench

let kinds: [(name: String, run: (Int) throws -> Void)] = [
    ("full13-ecdsa", { try CountedHandshakes(Setting(.tls13, .ecdsa)).runFull($0) }),
    ("full13-rsa", { try CountedHandshakes(Setting(.tls13, .rsa)).runFull($0) }),
    ("full12-ecdsa", { try CountedHandshakes(Setting(.tls12, .ecdsa)).runFull($0) }),
    ("full12-rsa", { try CountedHandshakes(Setting(.tls12, .rsa)).runFull($0) }),
    ("resumed13", { try CountedHandshakes(Setting(.tls13, .ecdsa)).runResumed($0) }),
    ("resumed12", { try CountedHandshakes(Setting(.tls12, .ecdsa)).runResumed($0) }),
    ("megabytes-in13", { try CountedMegabytes(.tls13).runIn($0) }),
    ("megabytes-out13", { try CountedMegabytes(.tls13).runOut($0) }),
    ("megabytes-in12", { try CountedMegabytes(.tls12).runIn($0) }),
    ("megabytes-out12", { try CountedMegabytes(.tls12).runOut($0) }),
    ("message-in13", { try CountedMessages(.tls13).runIn($0) }),
    ("message-out13", { try CountedMessages(.tls13).runOut($0) }),
]

/// Ends the program with words on standard error.
func stop(_ status: Int32, _ words: String) -> Never {
    let line = Array("counted-work: \(words)\n".utf8)
    _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    exit(status)
}

guard CommandLine.arguments.count == 3, let count = Int(CommandLine.arguments[2]), count > 0,
    let kind = kinds.first(where: { $0.name == CommandLine.arguments[1] })
else {
    stop(64, "usage: counted-work KIND COUNT; kinds: \(kinds.map(\.name).joined(separator: " "))")
}
do {
    try kind.run(count)
    print("\(kind.name) \(count): \(Bench.cryptography)")
} catch {
    stop(1, "\(error)")
}
