#if DEBUG
internal import Glibc
internal import Synchronization

/// The identity of the thread that holds a ``Lock``, for debug builds.
///
/// - Thread: the owner writes; any thread may ask whether it is the owner. A thread can only ever read its own
///   identity when it wrote it itself, so relaxed ordering is enough.
final class LockOwner: Sendable {
    private let thread = Atomic<UInt>(0)

    var isCurrentThread: Bool { thread.load(ordering: .relaxed) == UInt(pthread_self()) }
    func take() { thread.store(UInt(pthread_self()), ordering: .relaxed) }
    func clear() { thread.store(0, ordering: .relaxed) }
}
#endif
