#if HardwareCrypto
import Glibc
import Synchronization

/// The operating system refused a thread, or the body did not run to its end.
struct ThreadFailure: Error {}

/// Runs `body` on a thread of its own and waits for the thread's end, its destructors included.
func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) throws -> Value {
    let outcome = Outcome<Value>()
    // A C entry point cannot be generic; the closure hides the type.
    let work = Unmanaged.passRetained(
        Work {
            let result = Result { try body() }
            outcome.result.withLock { $0 = result }
        }
    )
    var thread = pthread_t()
    let failure = pthread_create(
        &thread,
        nil,
        { argument in
            if let argument {
                Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
            }
            return nil
        },
        work.toOpaque()
    )
    guard failure == 0 else {
        work.release()
        throw ThreadFailure()
    }
    pthread_join(thread, nil)
    guard let result = outcome.result.withLock({ $0 }) else { throw ThreadFailure() }
    return try result.get()
}

/// Runs `body` on `count` threads at once, each with its number, and waits for all; throws what one of them threw.
func onManyThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
    let outcome = Outcome<Void>()
    var threads: [pthread_t] = []
    for number in 0..<count {
        let work = Unmanaged.passRetained(
            Work {
                do {
                    try body(number)
                } catch {
                    outcome.result.withLock { $0 = .failure(error) }
                }
            }
        )
        var thread = pthread_t()
        let failure = pthread_create(
            &thread,
            nil,
            { argument in
                if let argument {
                    Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            },
            work.toOpaque()
        )
        if failure == 0 {
            threads.append(thread)
        } else {
            work.release()
            outcome.result.withLock { $0 = .failure(ThreadFailure()) }
        }
    }
    threads.forEach { pthread_join($0, nil) }
    try outcome.result.withLock { $0 }?.get()
}

private final class Work: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

private final class Outcome<Value: Sendable>: Sendable {
    let result = Mutex<Result<Value, any Error>?>(nil)
}
#endif
