internal import DuplexPosix

/// Waits for conditions with a deadline, instead of sleeping.
public enum Eventually {
    /// Asks `condition` until it holds. Returns whether it did before `seconds` had passed.
    public static func holds(within seconds: Int = 10, _ condition: () -> Bool) -> Bool {
        let deadline = MonotonicTime.now.advanced(by: .seconds(seconds))
        let pause = StopSignal()
        while !condition() {
            if deadline <= .now { return condition() }
            _ = pause.wait(for: .milliseconds(5))
        }
        return true
    }
}
