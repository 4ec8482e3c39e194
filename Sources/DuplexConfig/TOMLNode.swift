/// A value of a TOML document, freed from the parser's own types.
indirect enum TOMLNode: Equatable {
    case string(String)
    case integer(Int)
    case float(Double)
    case boolean(Bool)
    case dateOrTime
    case array([TOMLNode])
    case table([String: TOMLNode])

    /// The value as an operator reads it in "found …": scalars as they are, the others by their kind.
    var inWords: String {
        switch self {
        case .string(let text): OperatorText.quoted(text)
        case .integer(let number): "\(number)"
        case .float(let number): "\(number)"
        case .boolean(let isTrue): isTrue ? "true" : "false"
        case .dateOrTime: "a date or time"
        case .array(let elements): elements.isEmpty ? "an empty list" : "a list"
        case .table: "a table"
        }
    }
}
