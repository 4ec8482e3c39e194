/// Entered and left around the work of the library alone, so that a counting tool can tell it from the client's:
/// valgrind's callgrind is told to count inside functions of this name. See scripts/check-counts.
@inline(never)
public func countedWork<Result>(_ body: () throws -> Result) rethrows -> Result {
    // Work after the body keeps the call from becoming a jump, which the tool would not see the end of.
    defer { countedEntries &+= 1 }
    return try body()
}

/// How often ``countedWork(_:)`` was left. Read by nobody; written so that there is something to do.
///
/// Invariant for nonisolated(unsafe): counted work is done by one thread.
nonisolated(unsafe) private var countedEntries = 0
