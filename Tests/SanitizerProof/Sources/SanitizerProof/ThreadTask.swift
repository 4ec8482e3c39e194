import Glibc

/// What one thread does.
class ThreadTask {
    func run() {}

    /// Runs it on a thread of its own, which is to be joined.
    final func start() -> pthread_t {
        var thread = pthread_t()
        let status = pthread_create(
            &thread,
            nil,
            { argument in
                if let argument { Unmanaged<ThreadTask>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            },
            Unmanaged.passRetained(self).toOpaque()
        )
        precondition(status == 0, "pthread_create: errno \(status)")
        return thread
    }
}
