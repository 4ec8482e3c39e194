/// Where both of the server's threads send. It has no lock: the session's sending turn orders what they do with it, and
/// the detectors see whether it does.
final class Wire {
    private(set) var bytes: [UInt8] = []

    /// Takes all of `more`. Returns how many that were.
    func take(_ more: UnsafeRawBufferPointer) -> Int {
        bytes += more
        return more.count
    }

    /// Gives out what it holds.
    func empty() -> [UInt8] {
        let all = bytes
        bytes = []
        return all
    }
}
