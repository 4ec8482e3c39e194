internal import DuplexTLS

/// What the writer's next receive asks for: behind a short message what one buffer takes, unless the client asked for
/// shorter records, since the kernel takes less time over one than over a batch's; else a batch.
///
/// The rest of a receive that filled its room is no short message, however few bytes it has: replies of little more than
/// one buffer would each take two receives for ever.
struct ReceiveSize {
    /// Bytes.
    private(set) var bytes = EngineLimits.batchSize
    private var wasFilled = false

    /// Notes that a receive which asked for ``bytes`` got `count`, 1 or more.
    mutating func received(_ count: Int) {
        let isShort = count <= EngineLimits.shortMessage && !wasFilled
        wasFilled = count == bytes
        bytes = isShort ? RecordLayer.plaintextLimit : EngineLimits.batchSize
    }
}
