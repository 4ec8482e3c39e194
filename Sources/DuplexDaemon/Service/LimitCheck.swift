internal import DuplexPosix

/// Compares `max_connections` with what the operating system grants.
struct LimitCheck {
    /// One limit that is too low.
    struct Shortfall: Equatable {
        let limit: String
        let found: UInt64
        let needed: UInt64
    }

    var descriptors: UInt64?
    var threads: UInt64?
    var processIDs: UInt64?
    var tasks: UInt64?
    var mappings: UInt64?

    // What a connection takes at most, number: client, backend, and one to be woken by.
    private static let descriptorsPerConnection: UInt64 = 3
    private static let threadsPerConnection: UInt64 = 2
    // A thread's stack and its guard page.
    private static let mappingsPerConnection: UInt64 = 4
    // For listeners, the daemon's own threads, those that wait for work in two pools, libraries and heaps.
    private static let ownDescriptors: UInt64 = 100
    private static let ownThreads = 100 + 2 * UInt64(ThreadPool.spareLimit)
    private static let ownMappings: UInt64 = 1_000

    /// What is in force now.
    ///
    /// - Parameter descriptors: RLIMIT_NOFILE.
    static func current(descriptors: UInt64?) -> LimitCheck {
        LimitCheck(
            descriptors: descriptors,
            threads: ResourceLimits.kernelSetting("kernel.threads-max"),
            processIDs: ResourceLimits.kernelSetting("kernel.pid_max"),
            tasks: ResourceLimits.controlGroupTaskLimit,
            mappings: ResourceLimits.kernelSetting("vm.max_map_count")
        )
    }

    /// The limits that cannot carry `connections`, with what they would have to be.
    func shortfalls(connections: Int) -> [Shortfall] {
        let count = UInt64(max(0, connections))
        let threadsNeeded = count * Self.threadsPerConnection + Self.ownThreads
        let all: [(String, UInt64?, UInt64)] = [
            ("RLIMIT_NOFILE", descriptors, count * Self.descriptorsPerConnection + Self.ownDescriptors),
            ("kernel.threads-max", threads, threadsNeeded),
            ("kernel.pid_max", processIDs, threadsNeeded),
            ("TasksMax", tasks, threadsNeeded),
            ("vm.max_map_count", mappings, count * Self.mappingsPerConnection + Self.ownMappings),
        ]
        return all.compactMap { name, found, needed in
            guard let found, found < needed else { return nil }
            return Shortfall(limit: name, found: found, needed: needed)
        }
    }
}
