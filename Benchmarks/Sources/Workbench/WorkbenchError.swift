/// What kept a measurement from being one.
public struct WorkbenchError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
