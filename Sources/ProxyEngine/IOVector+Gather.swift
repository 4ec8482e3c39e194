internal import DuplexPosix

extension IOVector {
    /// Adds what a record held. Few bytes are moved to the end of those before them, so that small records do not each take
    /// a buffer of a call's.
    mutating func gather(_ bytes: UnsafeMutableRawBufferPointer) {
        guard !bytes.isEmpty else { return }
        if bytes.count <= EngineLimits.gatherLimit, let end = endAddress {
            UnsafeMutableRawBufferPointer(start: end, count: bytes.count).copyMemory(
                from: UnsafeRawBufferPointer(bytes)
            )
            extendLast(by: bytes.count)
        } else {
            append(bytes)
        }
    }
}
