// run-key-updates BYTES OPENSSL_CLIENT: BYTES each way, through the engine, by clients that ask for new keys
// every few records; then as many records as one key may protect, in memory. OPENSSL_CLIENT is the path of the program
// made of openssl_client.c. See scripts/check-key-updates.
internal import Glibc

let arguments = CommandLine.arguments
guard arguments.count == 3, let size = Int(arguments[1]), size >= Load.leastSize else {
    print("usage: run-key-updates BYTES OPENSSL_CLIENT; BYTES: a whole number of at least \(Load.leastSize)")
    exit(2)
}
var findings = Findings()
let plain = OpenSSLClient(path: arguments[2])
// A KeyUpdate fills a record as large as those that are opened where they were received.
let padded = OpenSSLClient(path: arguments[2], padding: 4096)
for (client, size) in [(plain as any LoadClient, size), (padded, max(Load.leastSize, size / 10)), (OwnClient(), size)] {
    try Load(size: size).play(client, &findings)
    fflush(nil)
}
try KeyLimit.play(&findings)
print("\(findings.passed) passed, \(findings.failed) failed")
exit(findings.failed == 0 ? 0 : 1)
