internal import DuplexPosix
internal import DuplexTLS

/// Looks for the shortest schedule that still fails: drops halves of the steps, then quarters, down to single ones, and
/// makes what stays simpler. Delta debugging, with a bound on its time.
struct Shrinker {
    private(set) var best: Schedule
    private(set) var flaw: String
    private let deadline: MonotonicTime

    /// - Parameters:
    ///   - schedule: fails with `flaw`.
    ///   - patience: how long to look.
    init(_ schedule: Schedule, flaw: String, patience: Duration) {
        best = schedule
        self.flaw = flaw
        deadline = MonotonicTime.now.advanced(by: patience)
    }

    mutating func shrink() {
        var lengthBefore = Int.max
        while best.steps.count < lengthBefore, MonotonicTime.now < deadline {
            lengthBefore = best.steps.count
            simplifyStart()
            dropSteps()
            simplifySteps()
        }
    }

    /// Keeps `candidate` if it fails too.
    private mutating func keep(_ candidate: Schedule) -> Bool {
        guard MonotonicTime.now < deadline, let flaw = Conversation.flaw(of: candidate) else {
            return false
        }
        best = candidate
        self.flaw = flaw
        return true
    }

    private mutating func simplifyStart() {
        var candidate = best
        candidate.startsConnected = true
        _ = keep(candidate)
        candidate = best
        candidate.clientRoom = Schedule.unlimitedRoom
        _ = keep(candidate)
        candidate = best
        candidate.serverRoom = Schedule.unlimitedRoom
        _ = keep(candidate)
    }

    private mutating func dropSteps() {
        var size = max(1, best.steps.count / 2)
        while true {
            var at = 0
            while at < best.steps.count {
                var candidate = best
                candidate.steps.removeSubrange(at..<min(at + size, best.steps.count))
                if !keep(candidate) { at += size }
            }
            if size == 1 { return }
            size /= 2
        }
    }

    /// Takes what a step has beyond the least: steps inside a send first, then its numbers of bytes.
    private mutating func simplifySteps() {
        for index in best.steps.indices {
            for simpler in Self.simpler(best.steps[index]) {
                var candidate = best
                candidate.steps[index] = simpler
                if keep(candidate) { break }
            }
        }
    }

    private static func simpler(_ step: Step) -> [Step] {
        let all = Schedule.unlimitedRoom
        switch step {
        case .read(let role, _, _): return [.read(role, arrival: all, room: RecordLayer.plaintextLimit)]
        case .open(let role, let arrival):
            return [.read(role, arrival: all, room: RecordLayer.plaintextLimit)]
                + (arrival == all ? [] : [.open(role, arrival: all)])
        case .write(let role, let count): return count == 1 ? [] : [.write(role, 1), .write(role, 100)]
        case .flush(let role, let half, let limit, let inside):
            return (0...min(inside, 2)).map { .flush(role, half, limit: all, inside: $0) }
                + [.flush(role, half, limit: limit, inside: 0)]
        case .writeReceived(let role, let count):
            return count == 1 ? [] : [.writeReceived(role, 1), .writeReceived(role, 1_100)]
        case .updateKeys, .close, .releaseBuffers, .cut, .reset: return []
        }
    }
}
