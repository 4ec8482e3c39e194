/// A check of the demonstration that failed, and why.
struct SelfCheckFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
