internal import Glibc

/// How many ``Lock``s the calling thread holds, so that a call that may block can refuse to run under one.
///
/// Counted in debug builds only; in release builds every function here is empty.
public enum HeldLocks {
    /// Stops a debug build with a message when the calling thread holds a ``Lock``.
    ///
    /// Every wrapper of a call that can block calls this first: blocking under a lock would make one direction of a
    /// connection wait for the other's socket.
    ///
    /// - Parameters:
    ///   - call: the blocking call's name, for the message.
    ///   - allowed: the locks that the call itself gives up while it waits: 1 for a condition wait, else 0.
    @inline(__always)
    public static func assertNone(before call: StaticString, allowed: Int = 0) {
        #if DEBUG
        precondition(count == allowed, "\(call) may block, and the calling thread holds a lock")
        #endif
    }

    #if DEBUG
    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let status = pthread_key_create(&key, nil)
        precondition(status == 0, "pthread_key_create: errno \(status)")
        return key
    }()

    /// The number of locks that the calling thread holds now.
    static var count: Int { Int(bitPattern: pthread_getspecific(key)) }

    static func increment() { pthread_setspecific(key, UnsafeMutableRawPointer(bitPattern: count + 1)) }
    static func decrement() { pthread_setspecific(key, UnsafeMutableRawPointer(bitPattern: count - 1)) }
    #endif
}
