/// How single values are taken out of a table: each returns nil for a value that is absent or that it has reported.
extension ConfigurationReader {
    /// The members of a table, or nil if it is absent or no table. Unknown keys in it are refused.
    mutating func table(
        _ members: [String: TOMLNode],
        _ name: String,
        at parent: ConfigurationKey,
        schema: ConfigurationSchema
    ) -> [String: TOMLNode]? {
        guard let node = members[name] else { return nil }
        let key = parent.appending(name)
        guard case .table(let inner) = node else {
            report(key, found: node.inWords, accepted: "a table, written \(schema.header)")
            return nil
        }
        refuseUnknownKeys(of: inner, at: key, schema: schema)
        return inner
    }

    mutating func refuseUnknownKeys(
        of members: [String: TOMLNode],
        at parent: ConfigurationKey,
        schema: ConfigurationSchema
    ) {
        for name in members.keys where !schema.keys.contains(name) {
            let suggestion = schema.suggestion(for: name).map { " (\($0))" } ?? ""
            report(
                parent.appending(name),
                reason: "unknown key\(suggestion)",
                accepted: schema.keys.joined(separator: ", ")
            )
        }
    }

    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ members: [String: TOMLNode],
        _ name: String,
        at parent: ConfigurationKey
    ) -> Choice? where Choice.RawValue == String {
        guard let node = members[name] else { return nil }
        if case .string(let text) = node, let choice = Choice(rawValue: text) { return choice }
        report(
            parent.appending(name),
            found: node.inWords,
            accepted: Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        )
        return nil
    }

    mutating func integer(
        _ members: [String: TOMLNode],
        _ name: String,
        at parent: ConfigurationKey,
        in range: ClosedRange<Int>
    ) -> Int? {
        guard let node = members[name] else { return nil }
        if case .integer(let number) = node, range.contains(number) { return number }
        report(
            parent.appending(name),
            found: node.inWords,
            accepted: "a whole number from \(range.lowerBound) to \(range.upperBound)"
        )
        return nil
    }

    mutating func duration(
        _ members: [String: TOMLNode],
        _ name: String,
        at parent: ConfigurationKey,
        in range: ClosedRange<Duration>
    ) -> Duration? {
        guard let node = members[name] else { return nil }
        let bounds = "\"\(DurationText.format(range.lowerBound))\" to \"\(DurationText.format(range.upperBound))\""
        var accepted = "\(DurationText.spelling), \(bounds)"
        if case .string(let text) = node {
            do throws(DurationText.Failure) {
                let duration = try DurationText.parse(text)
                if range.contains(duration) { return duration }
                accepted = bounds
            } catch {
                if error == .tooLong { accepted = bounds }
            }
        }
        report(parent.appending(name), found: node.inWords, accepted: accepted)
        return nil
    }

    /// An absolute path; what is relative starts in the configuration file's folder.
    mutating func filePath(
        _ members: [String: TOMLNode],
        _ name: String,
        at parent: ConfigurationKey
    ) -> String? {
        let key = parent.appending(name)
        let accepted = "the path of a PEM file"
        guard let node = members[name] else {
            report(key, reason: "missing", accepted: accepted)
            return nil
        }
        guard case .string(let text) = node, !text.isEmpty else {
            report(key, found: node.inWords, accepted: accepted)
            return nil
        }
        let path = text.hasPrefix("/") ? text : folder + "/" + text
        guard path.utf8.count <= ConfigurationLimits.pathByteLimit else {
            report(
                key,
                found: "a path of \(path.utf8.count) bytes",
                accepted: "at most \(ConfigurationLimits.pathByteLimit) bytes"
            )
            return nil
        }
        return path
    }

    /// The strings of a list with the key of each; a string alone counts as a list of one.
    mutating func strings(
        _ members: [String: TOMLNode],
        _ name: String,
        at parent: ConfigurationKey,
        isRequired: Bool = true,
        acceptsString: Bool = true,
        spellings: String,
        counts: ClosedRange<Int>
    ) -> [(text: String, key: ConfigurationKey)] {
        let key = parent.appending(name)
        let accepted = acceptsString ? "one or a list of: \(spellings)" : spellings
        switch members[name] {
        case nil:
            if isRequired { report(key, reason: "missing", accepted: accepted) }
            return []
        case .string(let text)? where acceptsString:
            return [(text, key)]
        case .array(let elements)? where counts.contains(elements.count):
            return elements.enumerated().compactMap { index, element in
                let elementKey = key.appending(index: index)
                guard case .string(let text) = element else {
                    report(elementKey, found: element.inWords, accepted: "a string")
                    return nil
                }
                return (text, elementKey)
            }
        case .array(let elements)? where !elements.isEmpty:
            report(key, found: "a list of \(elements.count)", accepted: "at most \(counts.upperBound)")
            return []
        case let other?:
            report(key, found: other.inWords, accepted: accepted)
            return []
        }
    }

    mutating func report(
        _ key: ConfigurationKey,
        reason: String? = nil,
        found: String? = nil,
        accepted: String,
        severity: ConfigurationProblem.Severity = .error
    ) {
        problems.append(
            ConfigurationProblem(
                severity: severity,
                file: file,
                position: locator.nearestPosition(of: key),
                key: key,
                proxyName: key.proxyName(in: proxyNames),
                reason: reason,
                found: found,
                accepted: accepted
            )
        )
    }
}
