#if DEBUG
import CWolfSSLShims
import DuplexLock
import TestSupport
import Testing

@testable import DuplexTLS

/// The core's rules stop a debug build with a message that names the rule.
@Suite struct BrokenRuleTests {
    /// A call on the library's object.
    enum Call: String, Codable, Sendable, CaseIterable {
        case handshake, read, open, pendingPlaintext, write, writeStaged, shutdown, updateKeys, info, recordPlaintext,
            fold

        func make(on object: WolfSSLObject) {
            var byte: UInt8 = 0
            withUnsafeMutableBytes(of: &byte) { buffer in
                switch self {
                case .handshake: _ = object.handshake()
                case .read: _ = object.read(into: buffer)
                case .open: BrokenRuleTests.openNoRecord(object)
                case .pendingPlaintext: _ = object.pendingPlaintext
                case .write: _ = object.write(UnsafeRawBufferPointer(buffer))
                case .writeStaged: BrokenRuleTests.writeStagedByte(object)
                case .shutdown: _ = object.shutdown()
                case .updateKeys: _ = object.updateKeys()
                case .info: _ = object.info()
                case .recordPlaintext: _ = object.recordPlaintext
                case .fold: object.fold()
                }
            }
        }
    }

    private static func openNoRecord(_ object: WolfSSLObject) {
        var record = [UInt8](repeating: 0, count: RecordLayer.headerSize)
        _ = record.withUnsafeMutableBytes { object.open($0, largest: 0) }
    }

    /// Stages one byte and writes it.
    private static func writeStagedByte(_ object: WolfSSLObject) {
        var buffer = OutboundBuffer()
        let frame = duplex_record_frame(before: 5, plaintext: 16_384, behind: 17)
        guard buffer.reserve(2_000) else { return }
        duplex_transport_stage(object.window, &buffer.base, &buffer.capacity, frame, 1)
        _ = object.writeStaged()
    }

    @Test(arguments: Call.allCases)
    func `a call on the library's object without the session's lock stops the program`(call: Call) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [call = call as Call] in
            let context = try TLSContext(client: ClientSettings(trust: .anyone))
            call.make(on: try WolfSSLObject(context: context, serverName: nil, lock: Lock()))
        }
        expect("guarded by a lock", in: result)
    }

    @Test(arguments: Call.allCases)
    func `under the session's lock each of these calls is allowed`(call: Call) async {
        await #expect(processExitsWith: .success) { [call = call as Call] in
            let lock = Lock()
            let context = try TLSContext(client: ClientSettings(trust: .anyone))
            let object = try WolfSSLObject(context: context, serverName: nil, lock: lock)
            lock.withLock { call.make(on: object) }
            TLSLibrary.releaseThreadCaches()
        }
    }

    @Test(arguments: [-1, 1])
    func `a transport that takes less than nothing, or more than it was given, stops the program`(excess: Int) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            [excess = excess as Int] in
            let end = try TLSEnd(TLSContext(client: ClientSettings(trust: .anyone)))
            _ = try end.writerHandshake()
            _ = end.writerFlush { excess < 0 ? excess : $0.count + excess }
        }
        expect("OutboundBatch.swift", in: result)
    }

    @Test func `a batch that is exchanged before all of it is sent stops the program`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            let context = try TLSContext(client: ClientSettings(trust: .anyone))
            let lock = Lock()
            let object = try WolfSSLObject(context: context, serverName: nil, lock: lock)
            _ = lock.withLock { object.handshake() }
            var batch = OutboundBatch()
            batch.exchange(with: &object.window.pointee)
            guard batch.rest.count > 1 else { return }
            batch.advance(by: 1)
            batch.exchange(with: &object.window.pointee)
        }
        expect("OutboundBatch.swift", in: result)
    }

    private func expect(
        _ message: String,
        in result: ExitTest.Result?,
        location: SourceLocation = #_sourceLocation
    ) {
        let text = result.map { String(decoding: $0.standardErrorContent, as: UTF8.self) } ?? ""
        #expect(text.contains(message), sourceLocation: location)
    }
}
#endif
