import Testing

/// `bytes` are `expected`, to the last one; says where they part.
///
/// The macro alone would explain a failure by the shortest list of insertions and removals, which for 300,000 bytes
/// takes longer than any test may.
func expectSame(_ bytes: [UInt8], _ expected: [UInt8], _ sourceLocation: SourceLocation = #_sourceLocation) {
    guard bytes != expected else { return }
    let same = zip(bytes, expected).prefix { $0 == $1 }.count
    Issue.record(
        "\(bytes.count) bytes instead of \(expected.count), the same up to byte \(same)",
        sourceLocation: sourceLocation
    )
}
