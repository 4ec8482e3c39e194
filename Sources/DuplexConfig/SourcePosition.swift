/// A place in a text.
package struct SourcePosition: Sendable, Equatable, Comparable {
    /// Counted from 1.
    package var line: Int

    /// Counted from 1, in Unicode scalars.
    package var column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (first: SourcePosition, second: SourcePosition) -> Bool {
        (first.line, first.column) < (second.line, second.column)
    }
}
