// run-key-updates BYTES OPENSSL_CLIENT: BYTES each way, through the engine, by each of two clients that ask for new keys
// every few records; then as many records as one key may protect, in memory. OPENSSL_CLIENT is the path of the program
// made of openssl_client.c. See scripts/check-key-updates.
internal import Glibc

let arguments = CommandLine.arguments
guard arguments.count == 3, let size = Int(arguments[1]), size >= Load.leastSize else {
    print("usage: run-key-updates BYTES OPENSSL_CLIENT; BYTES: a whole number of at least \(Load.leastSize)")
    exit(2)
}
var findings = Findings()
for client in [OpenSSLClient(path: arguments[2]) as any LoadClient, OwnClient()] {
    try Load(size: size).play(client, &findings)
    fflush(nil)
}
try KeyLimit.play(&findings)
print("\(findings.passed) passed, \(findings.failed) failed")
exit(findings.failed == 0 ? 0 : 1)
