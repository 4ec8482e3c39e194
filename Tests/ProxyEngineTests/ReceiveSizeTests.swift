import DuplexTLS
import Testing

@testable import ProxyEngine

@Suite struct ReceiveSizeTests {
    private static let batch = EngineLimits.batchSize
    private static let one = RecordLayer.plaintextLimit

    /// What each receive asks for when the backend sends messages of these sizes, each after all of the last was
    /// received.
    private func asked(_ messages: [Int]) -> [Int] {
        var (size, asked): (ReceiveSize, [Int]) = (ReceiveSize(), [])
        for message in messages {
            var rest = message
            while rest > 0 {
                asked.append(size.bytes)
                let count = min(rest, size.bytes)
                size.received(count)
                rest -= count
            }
        }
        return asked
    }

    @Test func `behind a short message one buffer is asked for`() {
        #expect(asked([1, 64, EngineLimits.shortMessage, 64]) == [Self.batch, Self.one, Self.one, Self.one])
    }

    @Test func `behind a longer message a batch is asked for`() {
        #expect(asked([64, EngineLimits.shortMessage + 1, 64]) == [Self.batch, Self.one, Self.batch])
        #expect(asked([Self.batch, Self.batch, 5 * Self.batch]).allSatisfy { $0 == Self.batch })
    }

    @Test(arguments: [1, 200, EngineLimits.shortMessage])
    func `the rest of a message is no short one`(rest: Int) {
        let message = Self.one + rest
        #expect(asked([64, message, message, message]) == [Self.batch, Self.one, Self.batch, Self.batch, Self.batch])
        #expect(asked([Self.batch + rest, message]) == [Self.batch, Self.batch, Self.batch])
    }
}
