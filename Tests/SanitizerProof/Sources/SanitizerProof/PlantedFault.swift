import DuplexTLS

/// A fault of a program's own making that AddressSanitizer or LeakSanitizer must see.
enum PlantedFault: String {
    /// Bytes that ``WriteHalf/flush(_:)`` lends until its closure returns are read after their buffer was freed.
    case useAfterFree = "use-after-free"
    /// Sessions are kept for ever.
    case leak

    struct Unknown: Error { let name: String }

    init(name: String) throws {
        guard let fault = PlantedFault(rawValue: name) else { throw Unknown(name: name) }
        self = fault
    }

    func happen(in context: TLSContext) throws {
        switch self {
        case .useAfterFree: print("a byte of a buffer that is gone: \(try Self.readFreedByte(context))")
        // More than one: what is left of a pointer on the stack may keep one of them reachable.
        case .leak: for _ in 0..<8 { try Self.leakSession(context) }
        }
    }

    @inline(never)
    private static func readFreedByte(_ context: TLSContext) throws -> UInt8 {
        let session = try DuplexSession(context: context)
        guard var writer = session.takeWriter(), try writer.handshake().hasOutput else { throw Exchange.HalfTaken() }
        var lent = UnsafeRawBufferPointer(start: nil, count: 0)
        _ = writer.flush { bytes in
            lent = bytes
            return bytes.count
        }
        session.releaseMemory()
        return lent[0]
    }

    @inline(never)
    private static func leakSession(_ context: TLSContext) throws {
        _ = Unmanaged.passRetained(try DuplexSession(context: context))
    }
}
