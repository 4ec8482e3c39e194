/// A host name that has no address.
public struct ResolutionError: Error, Sendable, Equatable, CustomStringConvertible {
    public let host: String
    /// The resolver's text, such as "Name or service not known".
    public let reason: String

    public var description: String { "no address for \(host): \(reason)" }
}
