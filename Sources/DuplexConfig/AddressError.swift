/// An address in a configuration or on a command line that is not one.
public struct AddressError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The text as it was given.
    public let found: String

    /// What would have been right in its place, as an operator reads it.
    public let accepted: String

    public var description: String { "found \(OperatorText.quoted(found)); accepted: \(accepted)" }
}
