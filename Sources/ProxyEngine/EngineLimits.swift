internal import DuplexPosix

/// Bounds of the engine. Those of the specification and those an operator sets stand elsewhere; each of these was
/// chosen.
public enum EngineLimits {
    /// The most bytes of a ClientHello, record headers included. Chrome sends about 2 KiB with post-quantum shares.
    public static let clientHelloSize = 16 * 1024
    /// What one receive asks for, bytes. A plain relay with this size takes 12 % less processor time than one with half
    /// of it, and one with twice as much no less.
    public static let batchSize = 128 * 1024
    /// A buffer: one batch, and before it what may be left of a record that has not arrived whole, bytes.
    public static let bufferSize = batchSize + 16 * 1024
    /// A record's plaintext of no more bytes than this is moved to that of the record before it, to be sent as one
    /// piece.
    public static let gatherLimit = 2048
    /// A receive from the backend of no more bytes than this is taken for one of many short messages.
    public static let shortMessage = 2048
    /// Free buffers kept for the next connection, number: 9 MiB of address space. Given back when the load has fallen.
    public static let freeBuffers = 64
    /// How long a thread waits in a system call with its buffers before it gives them back and waits without.
    public static let patience = Duration.milliseconds(250)
    /// How long a thread polls for a backend's reply before it sleeps. As long as Linux lets an idle virtual processor poll
    /// before it halts (guest_halt_poll_ns, Documentation/virt/guest-halt-polling.rst).
    public static let pollLimit = Duration.microseconds(200)
    /// How long we read and discard after our FIN, so that what we sent is not lost to a reset: in all, and without a
    /// byte. nginx's lingering_time and lingering_timeout have the same values.
    public static let lingerTime = Duration.seconds(30)
    public static let lingerQuietTime = Duration.seconds(5)
    /// The same when the service is stopping.
    public static let lingerTimeWhenStopping = Duration.seconds(2)
    /// The most bytes that are discarded after our FIN, or behind a backend that does not read any more.
    public static let discardLimit = 256 * 1024 * 1024
    /// Connections that the kernel may hold before they are accepted; capped by net.core.somaxconn.
    public static let backlog: Int32 = 4096
    /// Address space of a thread's stack, bytes. The handshake takes the most: the library's big-number code keeps its
    /// numbers on the stack.
    public static let stackSize = 512 * 1024
    /// The most threads of a listener that wait for clients beside each other: as many clients can come at the same
    /// time without one that calls another thread. Each has a descriptor's number in hand (accept(2) takes it before it
    /// waits). One stays when nobody has come for as long as the patience.
    public static let crewLimit = min(8, max(4, 2 * ResourceLimits.processorCount))
    /// How long a listener's last thread pauses after it ran out of descriptors, first and at most.
    public static let acceptPause = Duration.milliseconds(10)
    public static let acceptPauseLimit = Duration.seconds(1)
}
