internal import CMemoryClient

/// A TLS client of libssl whose wire is memory.
///
/// - Thread: one at a time.
final class MemoryClient {
    private let client: OpaquePointer

    /// - Parameter resumed: a client whose newest session is offered; nil: a full handshake.
    init(_ setting: Setting, resuming resumed: MemoryClient?) throws(WorkbenchError) {
        guard let client = memory_client_new(setting.version.rawValue, setting.suite, resumed?.client) else {
            throw WorkbenchError("libssl made no client for \(setting)")
        }
        self.client = client
    }

    deinit { memory_client_free(client) }

    var hasResumed: Bool { memory_client_has_resumed(client) == 1 }

    /// One step. Returns whether the handshake is complete.
    func handshake() throws(WorkbenchError) -> Bool {
        switch memory_client_handshake(client) {
        case 1: return true
        case 0: return false
        default: throw WorkbenchError("the client's handshake failed")
        }
    }

    /// Appends to `wire` what the client sends.
    func send(to wire: inout [UInt8]) {
        let room = 32_768
        while true {
            let start = wire.count
            let count = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { buffer in
                let count = memory_client_take(client, buffer.baseAddress, room)
                wire.append(contentsOf: buffer.prefix(count))
                return count
            }
            if wire.count - start < room || count == 0 { return }
        }
    }

    /// Gives the client what the server sent.
    func receive(_ bytes: UnsafeRawBufferPointer) {
        memory_client_give(client, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }

    /// Encrypts all of `plaintext`, in records of 16 KiB at most.
    func write(_ plaintext: [UInt8]) throws(WorkbenchError) {
        guard memory_client_write(client, plaintext, plaintext.count) == plaintext.count else {
            throw WorkbenchError("the client did not encrypt \(plaintext.count) bytes")
        }
    }

    /// Appends to `plaintext` everything that can be decrypted of what the client was given.
    func read(into plaintext: inout [UInt8]) throws(WorkbenchError) {
        let room = 16_384
        while true {
            let count = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { buffer in
                let count = memory_client_read(client, buffer.baseAddress, room)
                if count > 0 { plaintext.append(contentsOf: buffer.prefix(count)) }
                return count
            }
            if count < 0 { throw WorkbenchError("the client could not decrypt what it was sent") }
            if count == 0 { return }
        }
    }
}
