internal import CLinux
internal import DuplexLock
internal import Glibc
internal import Synchronization

/// Tells the threads of one connection to stop, once and for good, also while they wait in ``Socket/wait(for:stop:deadline:)``.
///
/// The wake-up is a descriptor that becomes readable and stays so: a thread that begins to wait after the signal was
/// given returns at once, so no wake-up can be lost. It is made when a thread first has to wait, so a connection that
/// never idles has none.
///
/// - Thread: any.
public final class StopSignal: Sendable {
    private let isGiven = Atomic(false)
    private let lock = Lock()
    /// The eventfd, or -1. Written once, under `lock`.
    private let wakeDescriptor = Atomic<Int32>(-1)

    public init() {}

    deinit {
        let descriptor = wakeDescriptor.load(ordering: .acquiring)
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether the signal was given.
    public var isStopped: Bool { isGiven.load(ordering: .acquiring) }

    /// Gives the signal. Further calls do nothing.
    public func stop() {
        lock.withLock {
            guard !isGiven.exchange(true, ordering: .acquiringAndReleasing) else { return }
            let descriptor = wakeDescriptor.load(ordering: .acquiring)
            // An eventfd's counter holds 2^64-2; one write never blocks.
            if descriptor >= 0 { _ = linux_eventfd_signal(descriptor) }
        }
    }

    /// Pauses for `duration`. Returns true when the signal was given before it had passed.
    public func wait(for duration: Duration) -> Bool {
        HeldLocks.assertNone(before: "poll")
        let deadline = MonotonicTime.now.advanced(by: duration)
        while !isStopped {
            // poll ignores a negative descriptor, so without one this is a plain pause.
            var entry = pollfd(fd: descriptor(), events: Int16(POLLIN), revents: 0)
            _ = retrying { Int(poll(&entry, 1, deadline.pollTimeout)) }
            if deadline <= .now { break }
        }
        return isStopped
    }

    /// A descriptor that is readable once the signal was given; -1 when the system has none left.
    func descriptor() -> Int32 {
        let existing = wakeDescriptor.load(ordering: .acquiring)
        if existing >= 0 { return existing }
        return lock.withLock {
            let existing = wakeDescriptor.load(ordering: .acquiring)
            if existing >= 0 { return existing }
            let made = linux_eventfd(isGiven.load(ordering: .acquiring) ? 1 : 0)
            if made >= 0 { wakeDescriptor.store(made, ordering: .releasing) }
            return made
        }
    }
}
