import Testing

/// A text with something wrong in it, and the lines that an operator must see.
struct RefusedValue: Sendable, CustomTestStringConvertible {
    let text: String
    let lines: [String]
    let testDescription: String

    init(_ title: String, _ text: ConfigurationText, _ lines: String...) {
        self.testDescription = title
        self.text = text.text
        self.lines = lines
    }

    init(_ title: String, text: String, _ lines: String...) {
        self.testDescription = title
        self.text = text
        self.lines = lines
    }
}
