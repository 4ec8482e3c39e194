import CWolfSSLShims
import Testing

/// What the library and a device come to see of a record that is opened where it lies, played by the test.
@Suite struct RecordOpeningTests {
    private static let tagSize = 16

    /// A record of 4,000 bytes of body, and the library's buffer for it.
    private final class Stage {
        var opening = duplex_record_opening()
        let record: UnsafeMutableBufferPointer<UInt8>
        let place: UnsafeMutableBufferPointer<UInt8>
        /// Bytes of the explicit nonce.
        let nonce: Int

        init(nonce: Int, isLent: Bool = true) {
            self.nonce = nonce
            record = .allocate(capacity: 4_005)
            place = .allocate(capacity: 4_000)
            for index in record.indices { record[index] = UInt8(truncatingIfNeeded: index % 251 + 1) }
            record[0] = 23
            place.initialize(repeating: 0xEE)
            opening.has_device = isLent ? 1 : 0
        }

        deinit {
            record.deallocate()
            place.deallocate()
        }

        var body: UnsafeMutablePointer<UInt8> { record.baseAddress! + 5 }
        var payloadSize: Int { 4_000 - nonce - tagSize }

        func begin() -> Bool { duplex_opening_begin(&opening, record.baseAddress, record.count) != 0 }

        /// The library asks for header and body.
        func handOver() {
            var header = [UInt8](repeating: 0, count: 5)
            duplex_opening_hand_over(&opening, &header, record.baseAddress, 5)
            #expect(header == Array(record.prefix(5)))
            duplex_opening_hand_over(&opening, place.baseAddress, body, 4_000)
        }

        /// The library asks the device.
        func locate(shift: Int = 0, tagSize: Int = tagSize) -> duplex_payload {
            let input = place.baseAddress! + nonce + shift
            var payload = duplex_payload(
                input: input,
                output: input,
                size: payloadSize,
                tag: input + payloadSize,
                tag_size: tagSize
            )
            duplex_opening_locate(&payload)
            return payload
        }

        /// The device has decrypted `plaintext`, filled up with zeros, to where it was sent.
        func decrypt(_ payload: duplex_payload, tail: [UInt8], filling: UInt8 = 7) {
            for index in 0..<payload.size { payload.output[index] = filling }
            for (index, byte) in tail.enumerated() { payload.output[payload.size - tail.count + index] = byte }
        }

        func opened(tls12Type type: UInt8? = nil) {
            let data: [UInt8] = type.map { [0, 0, 0, 0, 0, 0, 0, 0, $0, 3, 3, 0, 0] } ?? [23, 3, 3, 15, 160]
            duplex_opening_opened(data, data.count)
        }
    }

    @Test(arguments: [0, 8])
    func `the device is sent to the record, and the library is given only the nonce`(nonce: Int) {
        let stage = Stage(nonce: nonce)
        #expect(stage.begin())
        defer { duplex_opening_end(&stage.opening) }
        stage.handOver()
        #expect(Array(stage.place.prefix(8)) == Array(stage.record[5..<13]))
        #expect(stage.place[8...].allSatisfy { $0 == 0xEE })
        let payload = stage.locate()
        #expect(payload.input == stage.body + nonce && payload.output == stage.body + nonce)
        #expect(payload.tag == stage.body + 4_000 - Self.tagSize)
    }

    @Test(arguments: [1, 2, 100, 3_000, 3_984])
    func `content type and padding are given to the library, the content is not`(behind: Int) {
        let stage = Stage(nonce: 0)
        _ = stage.begin()
        defer { duplex_opening_end(&stage.opening) }
        stage.handOver()
        let tail = [23] + [UInt8](repeating: 0, count: behind - 1)
        stage.decrypt(stage.locate(), tail: tail)
        stage.opened()
        #expect(stage.opening.content == stage.body)
        #expect(stage.opening.content_size == 3_984 - behind)
        #expect(stage.opening.content_place == stage.place.baseAddress)
        #expect(Array(stage.place[..<3_984].suffix(behind)) == tail)
        #expect(stage.place[8..<max(8, 3_984 - behind)].allSatisfy { $0 == 0xEE })
    }

    @Test(arguments: [[21], [22, 0, 0], [24, 0, 0, 0], [0], [9]] as [[UInt8]])
    func `what is no application data is given to the library whole`(tail: [UInt8]) {
        let stage = Stage(nonce: 0)
        _ = stage.begin()
        defer { duplex_opening_end(&stage.opening) }
        stage.handOver()
        // Only zeros, when the tail is one: no content type at all (RFC 8446 §5.4).
        stage.decrypt(stage.locate(), tail: tail, filling: tail == [0] ? 0 : 7)
        stage.opened()
        #expect(stage.opening.content == nil)
        #expect(Array(stage.place[..<3_984]) == Array(stage.record[5..<3_989]))
    }

    @Test(arguments: [20, 21, 22, 23] as [UInt8])
    func `under TLS 1.2 the record's own type counts`(type: UInt8) {
        let stage = Stage(nonce: 8)
        _ = stage.begin()
        defer { duplex_opening_end(&stage.opening) }
        stage.handOver()
        stage.decrypt(stage.locate(), tail: [23, 0, 0])
        stage.opened(tls12Type: type)
        #expect(stage.opening.content == (type == 23 ? stage.body + 8 : nil))
        #expect(stage.opening.content_size == (type == 23 ? 3_976 : 0))
        #expect((Array(stage.place[8..<3_984]) == Array(stage.record[13..<3_989])) == (type != 23))
    }

    @Test func `a device that asks for anything but the body finds the library with the body`() {
        for (shift, tagSize) in [(1, 16), (9, 16), (0, 12), (0, 17)] {
            let stage = Stage(nonce: 0)
            _ = stage.begin()
            defer { duplex_opening_end(&stage.opening) }
            stage.handOver()
            let payload = stage.locate(shift: shift, tagSize: tagSize)
            #expect(payload.input == stage.place.baseAddress! + shift)
            #expect(Array(stage.place) == Array(stage.record.dropFirst(5)), "shift \(shift)")
            stage.opened()
            #expect(stage.opening.content == nil)
        }
    }

    @Test func `what is given back is no longer lent`() {
        let stage = Stage(nonce: 8)
        _ = stage.begin()
        defer { duplex_opening_end(&stage.opening) }
        // Before the library has asked for the body there is nothing to give.
        duplex_opening_give_back()
        #expect(stage.opening.is_lent != 0)
        stage.handOver()
        duplex_opening_give_back()
        #expect(Array(stage.place) == Array(stage.record.dropFirst(5)))
        #expect(stage.opening.is_lent == 0)
        #expect(stage.locate().input == stage.place.baseAddress! + 8)
    }

    @Test func `a body that the library takes in pieces is copied`() {
        let stage = Stage(nonce: 0)
        _ = stage.begin()
        defer { duplex_opening_end(&stage.opening) }
        duplex_opening_hand_over(&stage.opening, stage.place.baseAddress, stage.body, 1_000)
        duplex_opening_hand_over(&stage.opening, stage.place.baseAddress! + 1_000, stage.body + 1_000, 3_000)
        #expect(Array(stage.place) == Array(stage.record.dropFirst(5)))
        #expect(stage.locate().output == stage.place.baseAddress)
    }

    @Test func `a session whose records no device has opened lends nothing, until one has`() {
        let stage = Stage(nonce: 0, isLent: false)
        #expect(!stage.begin())
        stage.handOver()
        #expect(Array(stage.place) == Array(stage.record.dropFirst(5)))
        #expect(stage.locate().output == stage.place.baseAddress)
        stage.opened()
        #expect(stage.opening.content == nil)
        duplex_opening_end(&stage.opening)
        #expect(stage.begin())
        duplex_opening_end(&stage.opening)
    }

    @Test func `records that are small, or in the clear, are not lent`() {
        let stage = Stage(nonce: 0)
        let least = 5 + Int(duplex_opening_least_lent)
        #expect(duplex_opening_begin(&stage.opening, stage.record.baseAddress, least) != 0)
        #expect(duplex_opening_begin(&stage.opening, stage.record.baseAddress, least - 1) == 0)
        stage.record[0] = 22
        #expect(!stage.begin())
        duplex_opening_end(&stage.opening)
    }

    @Test func `outside of an opening a device is told nothing`() {
        let stage = Stage(nonce: 0)
        let payload = stage.locate()
        #expect(payload.output == stage.place.baseAddress)
        stage.opened()
        duplex_opening_give_back()
        #expect(stage.opening.content == nil && stage.place.allSatisfy { $0 == 0xEE })
    }
}
