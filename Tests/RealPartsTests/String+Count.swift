extension String {
    /// How often `part` occurs.
    func count(of part: String) -> Int { ranges(of: part).count }
}
