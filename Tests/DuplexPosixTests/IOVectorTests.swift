import DuplexPosix
import Glibc
import Testing

@Suite struct IOVectorTests {
    /// Memory that the buffers are parts of.
    private final class Memory {
        let bytes: UnsafeMutableRawBufferPointer

        init(_ count: Int) {
            bytes = .allocate(byteCount: count, alignment: 16)
            for index in 0..<count { bytes[index] = UInt8(truncatingIfNeeded: index &* 7 &+ index / 256) }
        }

        deinit { bytes.deallocate() }

        func part(_ start: Int, _ count: Int) -> UnsafeMutableRawBufferPointer {
            UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + count])
        }
    }

    @Test(arguments: Loopback.Family.allCases)
    func `bytes leave from several buffers and arrive in several, in order`(family: Loopback.Family) throws {
        let (near, far) = try Loopback.pair(family)
        let (from, to) = (Memory(1_000), Memory(1_000))
        IOVector.withEmpty { outgoing in
            for (start, count) in [(0, 100), (200, 0), (300, 1), (500, 499)] {
                outgoing.append(from.part(start, count))
            }
            let outcome = near.send(outgoing)
            #expect(outcome == .bytes(600))
        }
        near.finish()
        to.bytes.initializeMemory(as: UInt8.self, repeating: 0)
        IOVector.withEmpty { incoming in
            for (start, count) in [(900, 7), (0, 500), (600, 200)] { incoming.append(to.part(start, count)) }
            var received = far.receive(into: incoming)
            #expect(received == .bytes(600))
            let sent = Array(from.part(0, 100)) + Array(from.part(300, 1)) + Array(from.part(500, 499))
            #expect(Array(to.part(900, 7)) + Array(to.part(0, 500)) + Array(to.part(600, 93)) == sent)
            #expect(to.part(693, 107).allSatisfy { $0 == 0 })
            received = far.receive(into: incoming)
            #expect(received == .endOfStream)
        }
    }

    @Test(arguments: Loopback.Family.allCases, [false, true])
    func `one buffer is all that is filled, and all that is sent`(family: Loopback.Family, isNow: Bool) throws {
        let (near, far) = try Loopback.pair(family)
        let (from, to) = (Memory(1_000), Memory(1_000))
        let sent = Array(from.part(300, 500))
        IOVector.withEmpty { outgoing in
            outgoing.append(from.part(200, 600))
            outgoing.removeFirst(100)
            let outcome = isNow ? near.sendNow(outgoing) : near.send(outgoing)
            #expect(outcome == .bytes(500))
        }
        near.finish()
        to.bytes.initializeMemory(as: UInt8.self, repeating: 0)
        IOVector.withEmpty { incoming in
            incoming.append(to.part(100, 400))
            let first = isNow ? far.receiveNow(into: incoming) : far.receive(into: incoming)
            #expect(first == .bytes(400))
            #expect(Array(to.part(100, 400)) == Array(sent.prefix(400)))
            #expect(to.part(500, 500).allSatisfy { $0 == 0 } && to.part(0, 100).allSatisfy { $0 == 0 })
            let second = isNow ? far.receiveNow(into: incoming) : far.receive(into: incoming)
            #expect(second == .bytes(100))
            #expect(Array(to.part(100, 100)) == Array(sent.suffix(100)))
            let end = isNow ? far.receiveNow(into: incoming) : far.receive(into: incoming)
            #expect(end == .endOfStream)
        }
    }

    @Test(arguments: [0, 1, 99, 100, 101, 150, 151, 599, 600])
    func `what was sent is taken off the front`(count: Int) throws {
        let (near, far) = try Loopback.pair()
        let from = Memory(1_000)
        let all = Array(from.part(0, 100)) + Array(from.part(300, 50)) + Array(from.part(500, 450))
        IOVector.withEmpty { vector in
            for (start, count) in [(0, 100), (300, 50), (400, 0), (500, 450)] { vector.append(from.part(start, count)) }
            vector.removeFirst(count)
            let (left, outcome) = (vector.byteCount, near.send(vector))
            #expect(left == 600 - count)
            #expect(outcome == .bytes(600 - count))
        }
        near.finish()
        #expect(far.receiveSome().bytes == Array(all.dropFirst(count)))
    }

    @Test(arguments: Loopback.Family.allCases)
    func `more than the socket takes goes out piece by piece`(family: Loopback.Family) throws {
        let (near, far) = try Loopback.pair(family)
        near.setPatience(.milliseconds(20))
        let from = Memory(8 << 20)
        let part = from.bytes.count / IOVector.limit
        var received: [UInt8] = []
        var isFull = false
        IOVector.withEmpty { vector in
            for index in 0..<IOVector.limit { vector.append(from.part(index * part, part)) }
            let isVectorFull = vector.isFull
            #expect(isVectorFull)
            while vector.byteCount > 0 {
                switch near.send(vector) {
                case .bytes(let count): vector.removeFirst(count)
                case .full:
                    isFull = true
                    received += far.receiveSome(limit: 1 << 20).bytes
                case .failed(let code):
                    Issue.record("\(code)")
                    return
                }
            }
        }
        near.finish()
        while true {
            let (outcome, bytes) = far.receiveSome(limit: 1 << 20)
            guard case .bytes = outcome else { break }
            received += bytes
        }
        #expect(isFull)
        #expect(received.elementsEqual(from.bytes))
    }

    @Test func `the last buffer is extended by what follows it in memory`() throws {
        let (near, far) = try Loopback.pair()
        let from = Memory(100)
        let base = try #require(from.bytes.baseAddress)
        IOVector.withEmpty { vector in
            var ends = [vector.endAddress]
            vector.append(from.part(0, 10))
            vector.append(from.part(20, 10))
            ends.append(vector.endAddress)
            vector.extendLast(by: 5)
            ends.append(vector.endAddress)
            let outcome = near.send(vector)
            vector.removeFirst(25)
            ends.append(vector.endAddress)
            #expect(ends == [nil, base + 30, base + 35, nil])
            #expect(outcome == .bytes(25))
        }
        #expect(far.receiveSome().bytes == Array(from.part(0, 10)) + Array(from.part(20, 15)))
    }

    @Test func `a send to a peer that is gone fails and raises no signal`() throws {
        let (near, far) = try Loopback.pair()
        far.resetOnClose()
        far.close()
        _ = Wait.until(near, is: .readable, stop: nil, deadline: Loopback.soon)
        let from = Memory(10)
        IOVector.withEmpty { vector in
            vector.append(from.part(0, 10))
            var outcome = near.send(vector)
            if outcome == .failed(ECONNRESET) { outcome = near.send(vector) }
            #expect(outcome == .failed(EPIPE))
        }
    }
}
