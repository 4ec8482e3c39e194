import Glibc

/// What a thread of its own is to run.
final class ThreadBody: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    /// Starts the thread; nobody joins it.
    func start() throws(Failure) {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread,
            nil,
            { argument in
                // The argument is the one retained above.
                Unmanaged<ThreadBody>.fromOpaque(argument!).takeRetainedValue().body()
                return nil
            },
            argument.toOpaque()
        )
        guard code == 0 else {
            argument.release()
            throw Failure("no thread could be started", code: code)
        }
        pthread_detach(thread)
    }
}
