import Glibc

/// The process's limit on descriptors, and descriptors that fill it.
final class DescriptorLimit {
    private let original: rlimit
    private var fillers: [Int32] = []

    /// - Parameter soft: the limit from now on, no higher than the hard one.
    init(soft: UInt) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        original = limit
        limit.rlim_cur = min(soft, limit.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    deinit {
        leave(free: fillers.count)
        var limit = original
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Takes every descriptor but `free`.
    func fill(leaving free: Int) {
        while true {
            let number = open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard number >= 0 else { break }
            fillers.append(number)
        }
        leave(free: free)
    }

    /// Gives `free` descriptors back.
    func leave(free: Int) {
        for _ in 0..<min(free, fillers.count) { close(fillers.removeLast()) }
    }
}
