internal import Glibc

/// Calls `body` until it is not interrupted by a signal.
///
/// - Returns: what it returned, or the negated `errno` when it returned -1.
@inline(__always)
func retrying(_ body: () -> Int) -> Int {
    while true {
        let result = body()
        if result != -1 { return result }
        let code = errno
        if code != EINTR { return -Int(code) }
    }
}
