// Runs the code that the pages of the documentation show, and what the pages say happens when a step is left out.

import DuplexTLS
import Glibc

let question = [UInt8](repeating: 0x71, count: 100_000)
let answer = [UInt8](repeating: 0x61, count: 150_000)
var claims = Claims()

for policy in [TLSPolicy.tls12Only, .modern] {
    handshakeClaims(policy)
    closingClaims(policy)
}
print("\(claims.held) passed, \(claims.broken) failed")
exit(claims.broken == 0 ? 0 : 1)
