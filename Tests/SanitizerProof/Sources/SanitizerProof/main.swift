// One session, read by one thread and written by another at the same time, for ThreadSanitizer to look at.
//
//   1. a client and a server complete their handshake in memory, on one thread
//   2. the client encrypts some megabytes for the server
//   3. one thread reads them with the server's read half, another writes with its write half
//
// Exit status 0 when every byte was read and written.

import DuplexTLS
import Glibc

do {
    let identity = try TLSIdentity.selfSigned(days: 2)
    let client = try DuplexSession(context: TLSContext(client: ClientSettings(trust: .anyone)))
    let server = try DuplexSession(context: TLSContext(server: ServerSettings(identity: identity)))
    let exchange = try Exchange(client: client, server: server)
    let isWhole = try exchange.run(records: 400)
    print(isWhole ? "every byte was moved" : "bytes are missing")
    exit(isWhole ? 0 : 1)
} catch {
    print(error)
    exit(1)
}
