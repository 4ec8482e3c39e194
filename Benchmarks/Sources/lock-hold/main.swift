// How long one hold of a session's lock lasts: a record of each size, written and read 20,000 times by one thread, so that
// nobody waits for the lock and a call takes as long as the lock is held; and how long it takes to put a session aside, and
// to use it again. What interrupts the thread meanwhile counts too, and is what the longest times show.
//
//   swift run --package-path Benchmarks -c release lock-hold
//   TRAITS=off swift run --package-path Benchmarks --scratch-path .build-bench/without-traits -c release lock-hold

import DuplexTLS
import HardwareCrypto

let records = 20_000
let device = HardwareCrypto.register().deviceID.map { CryptoDevice(id: $0) }
print("cryptography: \(HardwareCrypto.status)\n")
print("| record, bytes | write p50, µs | p99 | max | read p50, µs | p99 | max |")
print("|---|---|---|---|---|---|---|")

var server = try End(TLSContext(server: ServerSettings(identity: .selfSigned(days: 2), device: device)))
var client = try End(TLSContext(client: ClientSettings(trust: .anyone, device: device)))
var isComplete = false
while !isComplete {
    let isClientDone = try client.handshake(to: &server)
    isComplete = try server.handshake(to: &client) && isClientDone
}
for size in [64, 1_024, 4_096, 16_384] {
    let bytes = [UInt8](repeating: 7, count: size)
    var writes = HeldTimes()
    var reads = HeldTimes()
    for _ in 0..<records {
        try client.write(bytes, &writes)
        client.flush(to: &server)
        let count = try server.read(&reads)
        precondition(count == size, "a record was not read as it was written")
    }
    print("| \(size) | \(writes.cells) | \(reads.cells) |")
}

print("\n| a session put aside p50, µs | p99 | max | its next write, 64 bytes, p50, µs | p99 | max |")
print("|---|---|---|---|---|---|")
var rests = HeldTimes()
var firstWrites = HeldTimes()
for _ in 0..<records / 4 {
    server.rest(&rests)
    try server.write([UInt8](repeating: 7, count: 64), &firstWrites)
    server.flush(to: &client)
    var none = HeldTimes()
    let count = try client.read(&none)
    precondition(count == 64, "a record was not read as it was written")
}
print("| \(rests.cells) | \(firstWrites.cells) |")
