import Testing

@testable import DuplexDaemon

@Suite("Limits of the system")
struct LimitCheckTests {
    @Test("Each limit that is below what max_connections needs is named with what it takes")
    func shortfalls() {
        let check = LimitCheck(descriptors: 399, threads: 428, processIDs: 427, tasks: nil, mappings: 1_399)
        #expect(
            check.shortfalls(connections: 100) == [
                .init(limit: "RLIMIT_NOFILE", found: 399, needed: 400),
                .init(limit: "kernel.pid_max", found: 427, needed: 428),
                .init(limit: "vm.max_map_count", found: 1_399, needed: 1_400),
            ]
        )
        #expect(check.shortfalls(connections: 50).map(\.limit) == [])
    }

    @Test("The limits of this machine can be read")
    func current() {
        let check = LimitCheck.current(descriptors: 1)
        #expect(check.threads ?? 0 > 0)
        #expect(check.processIDs ?? 0 > 0)
        #expect(check.mappings ?? 0 > 0)
    }
}
