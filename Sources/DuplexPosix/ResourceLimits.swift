internal import CLinux
internal import Glibc

/// What the operating system grants this process.
public enum ResourceLimits {
    /// Raises the soft limit of open descriptors (RLIMIT_NOFILE) to the hard one.
    ///
    /// - Returns: the limit that is in force then.
    /// - Throws: ``SystemCallError`` when the limits cannot be read.
    public static func raiseDescriptorLimit() throws(SystemCallError) -> UInt64 {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0 else { throw SystemCallError("getrlimit", "RLIMIT_NOFILE", code: errno) }
        guard limit.rlim_cur < limit.rlim_max else { return UInt64(limit.rlim_cur) }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        return UInt64(setrlimit(resource, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur)
    }

    /// How many processors the system has in use; 1 when it does not say.
    public static var processorCount: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }

    /// On how many processors the calling thread may run (sched_getaffinity(2)); those in use when the system does not say.
    public static var usableProcessorCount: Int {
        let count = Int(linux_usable_processors())
        return count > 0 ? count : processorCount
    }

    /// Of how many processors this process's control group may use the time; nil for no limit, and where it cannot be
    /// seen.
    ///
    /// Source: `cpu.max` of cgroups(7), version 2; a parent's limit is not looked at.
    public static var controlGroupProcessorQuota: Double? { controlGroupFile("cpu.max").flatMap(processorQuota) }

    /// What `cpu.max` says: `$MAX $PERIOD`, microseconds, or `max $PERIOD` for no limit.
    static func processorQuota(_ text: String) -> Double? {
        let values = text.split(whereSeparator: \.isWhitespace).map { UInt64($0) }
        guard values.count == 2, let time = values[0], let period = values[1], period > 0 else { return nil }
        return Double(time) / Double(period)
    }

    /// A number of sysctl(8), such as `kernel.pid_max`; nil when it cannot be read.
    public static func kernelSetting(_ name: String) -> UInt64? {
        text(ofFile: "/proc/sys/" + String(name.map { $0 == "." ? "/" : $0 })).flatMap { number($0) }
    }

    /// The most tasks (threads included) of this process's control group, `TasksMax=` to systemd; nil for no limit, and
    /// where it cannot be seen.
    ///
    /// Source: cgroups(7), version 2; a parent's limit is not looked at.
    public static var controlGroupTaskLimit: UInt64? {
        controlGroupFile("pids.max").flatMap { number($0) }
    }

    private static func controlGroupFile(_ name: String) -> String? {
        guard let groups = text(ofFile: "/proc/self/cgroup") else { return nil }
        guard let own = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
        return text(ofFile: "/sys/fs/cgroup" + own.dropFirst(3) + "/" + name)
    }

    private static func number(_ text: String) -> UInt64? { UInt64(text.prefix { $0.isNumber }) }

    private static func text(ofFile path: String) -> String? {
        (try? RegularFile.read(path, limit: 65_536)).map { String(decoding: $0, as: UTF8.self) }
    }
}
