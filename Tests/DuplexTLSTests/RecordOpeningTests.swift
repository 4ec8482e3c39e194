import CWolfSSLShims
import Testing

/// What the library and a device come to see of a record that is opened where it lies, played by the test.
@Suite struct RecordOpeningTests {
    private static let tagSize = 16

    /// A version of TLS as it looks here.
    struct Look: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Bytes of the explicit nonce.
        let nonce: Int
        /// Payload of what stands in for a record.
        let standIn: Int
        /// Additional data before the length that it ends with.
        let dataBeforeLength: [UInt8]

        static let tls13 = Look(testDescription: "TLS 1.3", nonce: 0, standIn: 32, dataBeforeLength: [23, 3, 3])
        static let tls12 = Look(
            testDescription: "TLS 1.2",
            nonce: 8,
            standIn: 1,
            dataBeforeLength: [0, 0, 0, 0, 0, 0, 0, 9, 23, 3, 3]
        )

        func additionalData(_ length: Int) -> [UInt8] { dataBeforeLength + [UInt8(length >> 8), UInt8(length & 255)] }
    }

    /// A record of 4,000 bytes of body, and the library's buffer.
    private final class Stage {
        static let bodySize = 4_000

        let look: Look
        var opening = duplex_record_opening()
        let record: UnsafeMutableBufferPointer<UInt8>
        let place: UnsafeMutableBufferPointer<UInt8>
        /// The body that the library was told of.
        private(set) var believedSize = 0
        private var additionalData: [UInt8] = []

        init(_ look: Look, hasDevice: Bool = true) {
            self.look = look
            record = .allocate(capacity: 5 + Self.bodySize)
            place = .allocate(capacity: Self.bodySize)
            for index in record.indices { record[index] = UInt8(truncatingIfNeeded: index % 251 + 1) }
            for (index, byte) in ([23, 3, 3] + Self.bytes(Self.bodySize)).enumerated() { record[index] = byte }
            place.initialize(repeating: 0xEE)
            opening.has_device = hasDevice ? 1 : 0
            opening.nonce_size = hasDevice ? look.nonce : 0
        }

        deinit {
            record.deallocate()
            place.deallocate()
        }

        static func bytes(_ length: Int) -> [UInt8] { [UInt8(length >> 8), UInt8(length & 255)] }

        var body: UnsafeMutablePointer<UInt8> { record.baseAddress! + 5 }
        var payloadSize: Int { Self.bodySize - look.nonce - tagSize }
        /// The payload that the library has.
        var believedPayload: [UInt8] { Array(place[look.nonce..<(believedSize - tagSize)]) }

        func begin(largest: Int = 16_384) -> Bool {
            duplex_opening_begin(&opening, record.baseAddress, record.count, largest) != 0
        }

        func end() { duplex_opening_end(&opening) }

        /// The library asks for a header. Returns what it gets.
        func handOverHeader() -> [UInt8] {
            var header = [UInt8](repeating: 0, count: 5)
            var taken = 0
            let given = duplex_opening_hand_over(&opening, &header, 5, record.baseAddress, record.count, &taken)
            #expect(given == 5 && taken == 5)
            believedSize = Int(header[3]) << 8 | Int(header[4])
            return header
        }

        /// The library asks for `size` bytes behind the header. Returns how many it gets, and what they stand for.
        func handOverBody(_ size: Int) -> (given: Int, taken: Int) {
            var taken = 0
            let given = duplex_opening_hand_over(&opening, place.baseAddress, size, body, Self.bodySize, &taken)
            return (given, taken)
        }

        /// The library asks for header and body.
        func handOver() {
            _ = handOverHeader()
            let (given, taken) = handOverBody(believedSize)
            #expect(given == believedSize && taken == Self.bodySize)
        }

        /// The library asks the device for what it believes to be the payload.
        func locate(
            shift: Int = 0,
            shorterBy: Int = 0,
            tagSize: Int = tagSize,
            dataSize: Int? = nil
        ) -> (payload: duplex_payload, status: Int32) {
            let input = place.baseAddress! + look.nonce + shift
            let size = believedSize - look.nonce - RecordOpeningTests.tagSize - shorterBy
            let believed = look.nonce == 0 ? believedSize : size
            additionalData = look.additionalData(believed)
            return additionalData.withUnsafeBufferPointer { data in
                var payload = duplex_payload(
                    input: input,
                    output: input,
                    size: size,
                    tag: input + size,
                    tag_size: tagSize,
                    additional_data: data.baseAddress,
                    additional_data_size: dataSize ?? data.count
                )
                let status = duplex_opening_locate(&payload)
                return (payload, status)
            }
        }

        /// The device has decrypted this payload to where it was sent.
        func decrypt(_ payload: [UInt8]) {
            let located = locate()
            #expect(located.status == 0 && located.payload.size == payload.count)
            for (index, byte) in payload.enumerated() { located.payload.output[index] = byte }
            duplex_opening_opened()
        }
    }

    @Test(arguments: [Look.tls13, .tls12])
    func `the library is given a short record with the type and the nonce of the one that came`(look: Look) {
        let stage = Stage(look)
        #expect(stage.begin())
        defer { stage.end() }
        let size = look.nonce + look.standIn + Self.tagSize
        #expect(stage.handOverHeader() == [23, 3, 3] + Stage.bytes(size))
        #expect(stage.handOverBody(size) == (size, Stage.bodySize))
        #expect(Array(stage.place.prefix(look.nonce)) == Array(stage.record[5..<(5 + look.nonce)]))
        #expect(stage.place[look.nonce..<size].allSatisfy { $0 == 0 })
        #expect(stage.place[size...].allSatisfy { $0 == 0xEE })
    }

    @Test(arguments: [Look.tls13, .tls12])
    func `the device is sent to the record, and its length is authenticated`(look: Look) {
        let stage = Stage(look)
        _ = stage.begin()
        defer { stage.end() }
        stage.handOver()
        let (payload, status) = stage.locate()
        #expect(status == 0)
        #expect(payload.input == stage.body + look.nonce && payload.output == stage.body + look.nonce)
        #expect(payload.size == stage.payloadSize)
        #expect(payload.tag == stage.body + Stage.bodySize - Self.tagSize && payload.tag_size == Self.tagSize)
        let data = Array(UnsafeBufferPointer(start: payload.additional_data, count: payload.additional_data_size))
        #expect(data == look.additionalData(look.nonce == 0 ? Stage.bodySize : stage.payloadSize))
    }

    @Test(arguments: [1, 2, 100, 3_000, 3_983])
    func `of application data the library finds one byte`(behind: Int) {
        let stage = Stage(.tls13)
        _ = stage.begin()
        defer { stage.end() }
        stage.handOver()
        let content = [UInt8](repeating: 7, count: stage.payloadSize - behind)
        stage.decrypt(content + [23] + [UInt8](repeating: 0, count: behind - 1))
        #expect(stage.opening.content == stage.body)
        #expect(stage.opening.content_size == content.count)
        #expect(stage.believedPayload == [0, 23] + [UInt8](repeating: 0, count: 30))
    }

    @Test func `of application data without content the library finds none`() {
        let stage = Stage(.tls13)
        _ = stage.begin()
        defer { stage.end() }
        stage.handOver()
        stage.decrypt([23] + [UInt8](repeating: 0, count: stage.payloadSize - 1))
        #expect(stage.opening.content == nil)
        #expect(stage.believedPayload == [23] + [UInt8](repeating: 0, count: 31))
    }

    @Test func `under TLS 1.2 all of the payload is content`() {
        let stage = Stage(.tls12)
        _ = stage.begin()
        defer { stage.end() }
        stage.handOver()
        stage.decrypt([UInt8](repeating: 0, count: stage.payloadSize))
        #expect(stage.opening.content == stage.body + 8)
        #expect(stage.opening.content_size == stage.payloadSize)
        #expect(stage.believedPayload.count == 1)
    }

    @Test(arguments: [[2, 40, 21], [24, 0, 0, 1, 0, 22], [22], [9, 24], [UInt8](repeating: 8, count: 31) + [22]])
    func `what is no application data is given to the library`(content: [UInt8]) {
        let stage = Stage(.tls13)
        _ = stage.begin()
        defer { stage.end() }
        stage.handOver()
        stage.decrypt(content + [UInt8](repeating: 0, count: stage.payloadSize - content.count))
        #expect(stage.opening.content == nil)
        #expect(stage.believedPayload == content + [UInt8](repeating: 0, count: 32 - content.count))
    }

    @Test(arguments: [20, 21, 22, 24] as [UInt8], [32, 33, 3_983])
    func `in place of what no client may send the library is given what it refuses`(type: UInt8, size: Int) {
        let stage = Stage(.tls13)
        _ = stage.begin()
        defer { stage.end() }
        stage.handOver()
        let content = [UInt8](repeating: 24, count: size) + [type]
        stage.decrypt(content + [UInt8](repeating: 0, count: stage.payloadSize - content.count))
        #expect(stage.opening.content == nil)
        // A change_cipher_spec, which is never encrypted (RFC 8446 §5).
        #expect(stage.believedPayload == [1, 20] + [UInt8](repeating: 0, count: 30))
    }

    @Test func `a payload without a content type is without one for the library too`() {
        let stage = Stage(.tls13)
        _ = stage.begin()
        defer { stage.end() }
        stage.handOver()
        stage.decrypt([UInt8](repeating: 0, count: stage.payloadSize))
        #expect(stage.opening.content == nil)
        #expect(stage.believedPayload.allSatisfy { $0 == 0 })
    }

    @Test(arguments: [Look.tls13, .tls12])
    func `a device that asks for something else gets nothing`(look: Look) {
        for (shift, tagSize, dataSize) in [(1, 16, nil), (8, 16, nil), (0, 12, nil), (0, 17, nil), (0, 16, 12)] {
            let stage = Stage(look)
            _ = stage.begin()
            defer { stage.end() }
            stage.handOver()
            let (payload, status) = stage.locate(shift: shift, tagSize: tagSize, dataSize: dataSize)
            #expect(status != 0, "\(shift) \(tagSize)")
            #expect(payload.input == stage.place.baseAddress! + look.nonce + shift)
            duplex_opening_opened()
            #expect(stage.opening.content == nil && stage.believedPayload.allSatisfy { $0 == 0 })
        }
    }

    @Test func `a device that asks for a payload behind a nonce under TLS 1.3 gets nothing`() {
        let stage = Stage(.tls13)
        _ = stage.begin()
        defer { stage.end() }
        stage.handOver()
        #expect(stage.locate(shift: 8, shorterBy: 8).status != 0)
    }

    @Test func `a question for something else takes the one before it back`() {
        let stage = Stage(.tls13)
        _ = stage.begin()
        defer { stage.end() }
        stage.handOver()
        #expect(stage.locate().status == 0)
        #expect(stage.locate(shift: 1).status != 0)
        duplex_opening_opened()
        #expect(stage.opening.content == nil && stage.believedPayload.allSatisfy { $0 == 0 })
    }

    @Test func `a library that asks for a part of the header of a lent record gets none`() {
        let stage = Stage(.tls13)
        _ = stage.begin()
        defer { stage.end() }
        let header = UnsafePointer(stage.record.baseAddress)
        var taken = 0
        for size in [1, 4, 6] {
            let given = duplex_opening_hand_over(&stage.opening, stage.place.baseAddress, size, header, 4_005, &taken)
            #expect(given == 0, "\(size)")
        }
    }

    @Test(arguments: [0, 1, 47, 49, Stage.bodySize])
    func `a library that asks for another body than it was told of gets none`(size: Int) {
        let stage = Stage(.tls13)
        _ = stage.begin()
        defer { stage.end() }
        #expect(stage.handOverBody(size).given == 0)
        _ = stage.handOverHeader()
        #expect(stage.handOverBody(size).given == 0)
        #expect(stage.place.allSatisfy { $0 == 0xEE })
        #expect(stage.locate().status != 0)
    }

    @Test(arguments: [Look.tls13, .tls12])
    func `a session whose records no device has opened lends nothing, until one has`(look: Look) {
        let stage = Stage(look, hasDevice: false)
        #expect(!stage.begin())
        #expect(stage.handOverHeader() == Array(stage.record.prefix(5)))
        #expect(stage.handOverBody(stage.believedSize) == (Stage.bodySize, Stage.bodySize))
        #expect(Array(stage.place) == Array(stage.record.dropFirst(5)))
        let (payload, status) = stage.locate()
        #expect(status == 0)
        #expect(payload.output == stage.place.baseAddress! + look.nonce && payload.size == stage.payloadSize)
        duplex_opening_opened()
        #expect(stage.opening.content == nil)
        stage.end()
        #expect(stage.opening.nonce_size == look.nonce)
        #expect(stage.begin())
        stage.end()
    }

    @Test func `a body that the library takes in pieces shows no device`() {
        let stage = Stage(.tls13, hasDevice: false)
        _ = stage.begin()
        _ = stage.handOverHeader()
        #expect(stage.handOverBody(1_000) == (1_000, 1_000))
        #expect(stage.locate().status == 0)
        duplex_opening_opened()
        stage.end()
        #expect(stage.opening.has_device == 0)
    }

    @Test(arguments: [Look.tls13, .tls12])
    func `records that are small, too large, or of another type are not lent`(look: Look) {
        let stage = Stage(look)
        let least = 5 + Int(duplex_opening_least_lent)
        for (size, isLent) in [(least, true), (least - 1, false)] {
            for (index, byte) in Stage.bytes(size - 5).enumerated() { stage.record[3 + index] = byte }
            #expect((duplex_opening_begin(&stage.opening, stage.record.baseAddress, size, 16_384) != 0) == isLent)
        }
        for (index, byte) in Stage.bytes(Stage.bodySize).enumerated() { stage.record[3 + index] = byte }
        // Under TLS 1.3 the content type comes to the plaintext.
        let plaintext = stage.payloadSize - (look.nonce == 0 ? 1 : 0)
        #expect(stage.begin(largest: plaintext))
        #expect(!stage.begin(largest: plaintext - 1))
        #expect(!stage.begin(largest: 0))
        stage.record[0] = 22
        #expect(!stage.begin())
        stage.end()
    }

    @Test(arguments: [Look.tls13, .tls12], [0, 3_999, 4_001, 18_433, 65_535])
    func `a record of another length than its header's is not lent`(look: Look, length: Int) {
        let stage = Stage(look)
        for (index, byte) in Stage.bytes(length).enumerated() { stage.record[3 + index] = byte }
        #expect(!stage.begin())
        stage.end()
    }

    @Test func `behind an opening a device is told nothing`() {
        let stage = Stage(.tls13)
        _ = stage.begin()
        stage.handOver()
        stage.end()
        let (payload, status) = stage.locate()
        #expect(status == 0 && payload.output == stage.place.baseAddress)
        duplex_opening_opened()
        #expect(stage.opening.content == nil)
    }

    @Test func `outside of an opening a device is told nothing`() {
        let stage = Stage(.tls13, hasDevice: false)
        let (payload, status) = stage.locate()
        #expect(status == 0 && payload.output == stage.place.baseAddress)
        duplex_opening_opened()
        #expect(stage.opening.content == nil && stage.opening.has_device == 0)
        #expect(stage.place.allSatisfy { $0 == 0xEE })
    }
}
