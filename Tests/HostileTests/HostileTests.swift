import Testing

/// What the engine must withstand. Each situation is played in a process of its own, one after the other: the deadlines
/// in them are short, and the counts of descriptors, threads and memory are those of one situation alone.
@Suite(.serialized)
struct HostileTests {}
