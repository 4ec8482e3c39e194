/// One thing that is wrong, or doubtful, in a configuration, with its place.
public struct ConfigurationProblem: Sendable, Equatable, CustomStringConvertible {
    public enum Severity: Sendable, Equatable {
        /// The configuration cannot be used.
        case error

        /// The configuration can be used, but an operator should look.
        case warning
    }

    public let severity: Severity

    /// The configuration file, as it was named.
    public let file: String

    /// Counted from 1; nil where the problem is not at one place.
    public let line: Int?

    /// Counted from 1, in Unicode scalars.
    public let column: Int?

    /// The key, or nil where the problem is with the file or its syntax.
    public let key: ConfigurationKey?

    /// The name of the proxy that the key is in.
    public let proxyName: String?

    /// What is wrong, where what was found and what is accepted do not say it.
    public let reason: String?

    /// What is there, as an operator reads it: `"old"`, `10`, `a table`.
    public let found: String?

    /// What may be there, as an operator reads it.
    public let accepted: String?

    /// - Precondition: at least one of `reason`, `found` and `accepted`.
    init(
        severity: Severity = .error,
        file: String,
        position: SourcePosition? = nil,
        key: ConfigurationKey? = nil,
        proxyName: String? = nil,
        reason: String? = nil,
        found: String? = nil,
        accepted: String? = nil
    ) {
        assert(reason != nil || found != nil || accepted != nil, "a problem says what it is")
        self.severity = severity
        self.file = file
        self.line = position?.line
        self.column = position?.column
        self.key = key
        self.proxyName = proxyName
        self.reason = reason
        self.found = found
        self.accepted = accepted
    }

    /// The problem without its place, such as `found "old"; accepted: "intermediate", "modern"`.
    public var message: String {
        [reason, found.map { "found \($0)" }, accepted.map { "accepted: \($0)" }]
            .compactMap(\.self)
            .joined(separator: "; ")
    }

    /// The problem as one line, such as
    /// `duplexd.toml:14: proxy "redis": tls.policy: found "old"; accepted: "intermediate", "modern"`.
    ///
    /// Text from outside is escaped, so that it stays one line and cannot steer a terminal.
    public var description: String {
        var place = file
        if let line { place += ":\(line)" }
        // Where there is no key, the column is what leads to the place.
        if let column, key == nil { place += ":\(column)" }
        let parts = [place, severity == .warning ? "warning" : nil, keyInWords, message]
        return OperatorText.line(parts.compactMap(\.self).joined(separator: ": "))
    }

    /// `text` in quotes, for `found` and `accepted`: escaped, and cut where it is long.
    public static func quoted(_ text: String) -> String {
        OperatorText.quoted(text)
    }

    private var keyInWords: String? {
        guard let key, !key.elements.isEmpty else { return nil }
        guard let proxyName, let (_, rest) = key.withinProxy else { return key.description }
        let proxy = "proxy \"\(proxyName)\""
        return rest.elements.isEmpty ? proxy : "\(proxy): \(rest)"
    }
}
