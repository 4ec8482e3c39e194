import Glibc

/// A thread of the operating system that computes one value.
final class Worker<Value: Sendable>: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `result` is written by the new thread alone and read after it was joined.
    private let body: @Sendable () throws -> Value
    private var result: Result<Value, any Error>?
    private var thread = pthread_t()

    /// Starts the thread.
    init(_ body: @escaping @Sendable () throws -> Value) {
        self.body = body
        let run = Run { self.result = Result { try self.body() } }
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                // The argument is the one retained below.
                Unmanaged<Run>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            },
            Unmanaged.passRetained(run).toOpaque()
        )
        precondition(code == 0, "pthread_create: errno \(code)")
    }

    /// Waits for the thread's end. Once.
    func join() throws -> Value {
        pthread_join(thread, nil)
        // A thread that was joined has set its result.
        return try result!.get()
    }
}

/// What `pthread_create` hands to the new thread: a closure without the worker's type.
private final class Run {
    let body: () -> Void
    init(_ body: @escaping () -> Void) { self.body = body }
}
