/// What became of a configuration file: a configuration or a failure, and every problem that was found.
public struct ConfigurationOutcome: Sendable, Equatable {
    /// The configuration file, as it was named.
    public let file: String

    /// The configuration; nil as soon as one problem is an error.
    public let configuration: Configuration?

    /// Errors and warnings in the order of the file; at most 500, and then one that counts the others.
    public let problems: [ConfigurationProblem]

    /// Why there is no configuration; nil if there is one.
    public let failure: ConfigurationFailure?

    /// The proxies whose certificate and key were found readable, whatever else is wrong, so that their contents can
    /// be checked and reported in the same run. Empty where files were not looked at.
    public let credentialFiles: [CredentialFiles]

    private let locator: KeyLocator?
    private let proxyNames: [String]

    init(
        file: String,
        configuration: Configuration?,
        problems: [ConfigurationProblem],
        credentialFiles: [CredentialFiles],
        locator: KeyLocator,
        proxyNames: [String]
    ) {
        let isUsable = !problems.contains { $0.severity == .error }
        self.file = file
        self.configuration = isUsable ? configuration : nil
        self.problems = Self.orderedAndBounded(problems, file: file)
        self.failure = self.configuration == nil ? .invalid : nil
        self.credentialFiles = credentialFiles
        self.locator = locator
        self.proxyNames = proxyNames
    }

    init(file: String, failure: TextFailure) {
        self.file = file
        self.configuration = nil
        self.problems = [
            ConfigurationProblem(
                file: file,
                position: failure.position,
                reason: failure.reason,
                found: failure.found,
                accepted: failure.accepted
            )
        ]
        self.failure = failure.category
        self.credentialFiles = []
        self.locator = nil
        self.proxyNames = []
    }

    /// Makes a problem with the file and the line of `key`, for what is found wrong with a value later on.
    ///
    /// - Parameter key: a key that is not in the file gets the line of the nearest table around it that is.
    /// - Parameter found: what is there; text from outside goes through `ConfigurationProblem.quoted(_:)`.
    /// - Parameter accepted: what may be there.
    /// - Parameter reason: what is wrong, where the other two do not say it.
    /// - Thread: any.
    public func problem(
        at key: ConfigurationKey,
        found: String? = nil,
        accepted: String,
        reason: String? = nil,
        severity: ConfigurationProblem.Severity = .error
    ) -> ConfigurationProblem {
        ConfigurationProblem(
            severity: severity,
            file: file,
            position: locator?.nearestPosition(of: key),
            key: key,
            proxyName: key.proxyName(in: proxyNames),
            reason: reason,
            found: found,
            accepted: accepted
        )
    }

    /// This outcome with further problems in their places; without its configuration if one of them is an error.
    public func adding(_ further: [ConfigurationProblem]) -> ConfigurationOutcome {
        guard let locator, !further.isEmpty else { return self }
        return ConfigurationOutcome(
            file: file,
            configuration: configuration,
            problems: problems + further,
            credentialFiles: credentialFiles,
            locator: locator,
            proxyNames: proxyNames
        )
    }

    private static func orderedAndBounded(
        _ problems: [ConfigurationProblem],
        file: String
    ) -> [ConfigurationProblem] {
        // Stable: problems at one place stay in the order in which they were found; those without a place come last.
        let ordered = problems.enumerated().sorted { first, second in
            let (firstLine, secondLine) = (first.element.line ?? .max, second.element.line ?? .max)
            let (firstColumn, secondColumn) = (first.element.column ?? .max, second.element.column ?? .max)
            return (firstLine, firstColumn, first.offset) < (secondLine, secondColumn, second.offset)
        }
        let limit = ConfigurationLimits.problemLimit
        var kept = ordered.prefix(limit).map(\.element)
        if ordered.count > limit {
            let remainder = ordered.dropFirst(limit).map(\.element)
            kept.append(
                ConfigurationProblem(
                    severity: remainder.contains { $0.severity == .error } ? .error : .warning,
                    file: file,
                    reason: "\(remainder.count) more problems are left out"
                )
            )
        }
        return kept
    }
}
