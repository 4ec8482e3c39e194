import DuplexLock
import Glibc

/// What a test tells a crypto device to do in the calls that the library makes on the test's own thread.
final class ThreadOrders<Order: Sendable>: @unchecked Sendable {
    // Invariant for @unchecked Sendable: `orders` is used only while `lock` is held.
    private let lock = Lock()
    private var orders: [pthread_t: Order] = [:]

    /// Places an order for the calling thread; nil takes it back.
    func place(_ order: Order?) { lock.withLock { orders[pthread_self()] = order } }

    /// The calling thread's.
    var mine: Order? { lock.withLock { orders[pthread_self()] } }
}
