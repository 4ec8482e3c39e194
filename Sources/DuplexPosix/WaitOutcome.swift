/// How a wait ended.
public enum WaitOutcome: Sendable, Equatable {
    /// What was found on the socket, and on the second one if there was one.
    case ready(Readiness, Readiness = [])
    /// The stop signal was given.
    case stopped
    /// The deadline passed.
    case timedOut
}
