// SanitizerProof [use-after-free | leak]: one session, read by one thread and written by another at the same time, for
// the detectors to look at. See scripts/check-detectors.
//
//   1. a client and a server complete their handshake in memory, on one thread
//   2. the client encrypts some megabytes for the server, with KeyUpdates that ask for answers
//   3. one thread reads them with the server's read half and sends the answers, another writes with its write half
//   4. the client decrypts what both threads sent
//
// With an argument, a fault follows that a detector must report. Exit status 0 when every byte was moved.

import DuplexTLS
import Glibc

do {
    let fault = try CommandLine.arguments.dropFirst().first.map { try PlantedFault(name: $0) }
    let identity = try TLSIdentity.selfSigned(days: 2)
    let client = try TLSContext(client: ClientSettings(trust: .anyone, policy: .modern))
    let server = try TLSContext(server: ServerSettings(identity: identity, policy: .modern))
    let exchange = try Exchange(client: client, server: server)
    let isWhole = try exchange.run(records: 400)
    print(isWhole ? "every byte was moved" : "bytes are missing")
    try fault?.happen(in: client)
    TLSLibrary.releaseThreadCaches()
    exit(isWhole ? 0 : 1)
} catch {
    print(error)
    exit(1)
}
