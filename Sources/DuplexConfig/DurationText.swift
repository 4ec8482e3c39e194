/// Durations as the configuration spells them: a whole number and a unit, such as `500ms` or `10m`.
enum DurationText {
    enum Failure: Error {
        /// Not a number and a unit.
        case notADuration

        /// A duration, but longer than 64 bits of milliseconds.
        case tooLong
    }

    /// The units with their length in milliseconds, longest first.
    static let units: [(name: String, milliseconds: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]

    /// What is accepted, as an operator reads it.
    static let spelling = "a whole number and a unit (ms, s, m, h, d)"

    /// Reads `text`; no sign, no fraction, no blanks, no second unit.
    static func parse(_ text: String) throws(Failure) -> Duration {
        let digits = text.utf8.prefix(while: AddressText.isDigit)
        let unitName = text.utf8.dropFirst(digits.count)
        guard !digits.isEmpty, let unit = units.first(where: { $0.name.utf8.elementsEqual(unitName) }) else {
            throw .notADuration
        }
        // Only digits, so that nil means more of them than 64 bits hold.
        guard let number = Int64(Substring(digits)) else { throw .tooLong }
        let (milliseconds, isOverflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
        guard !isOverflow else { throw .tooLong }
        return .milliseconds(milliseconds)
    }

    /// `duration` in the largest unit that divides it. Negative ones count as zero; what is below a millisecond is
    /// left out.
    static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = max(duration, .zero).components
        let (product, isOverflow) = seconds.multipliedReportingOverflow(by: 1_000)
        let (milliseconds, isSumOverflow) = product.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
        guard !isOverflow, !isSumOverflow else { return "\(seconds)s" }
        guard milliseconds > 0 else { return "0s" }
        for unit in units where milliseconds % unit.milliseconds == 0 {
            return "\(milliseconds / unit.milliseconds)\(unit.name)"
        }
        return "\(milliseconds)ms"
    }
}
