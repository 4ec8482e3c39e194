import TOMLKit

/// A parsed TOML file: its values, and where each of them stands.
///
/// TOMLKit does not free a document by itself (its classes have no `deinit`); cleared, it leaves the copies of keys and
/// values that were handed out, about four times the size of the file at each parse: 6 KiB a reload for a file of
/// 1.5 KiB with nine proxies. `scripts/check-soak` measures it.
struct TOMLDocument {
    let root: [String: TOMLNode]
    let locator: KeyLocator

    /// Levels of values that are read. The schema needs 5 (`proxy[0].tls.alpn[0]`); what is deeper is wrong
    /// already at an outer level.
    private static let depthLimit = 8

    /// The second half names the mistake that the parser's own words hide best.
    private static let syntax = "TOML 1.0, where text stands in quotes"

    /// Parses `bytes` as TOML 1.0.
    ///
    /// What the parser could not stand is refused before it sees it: too much of it, bytes that are not UTF-8, NUL
    /// (its interface takes C strings, so that text would end there unnoticed), and nesting without a bound.
    static func parse(bytes: [UInt8]) -> Result<TOMLDocument, TextFailure> {
        guard bytes.count <= ConfigurationLimits.fileByteLimit else { return .failure(.tooLarge) }
        let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        if let failure = TextEncoding.failure(in: text) { return .failure(failure) }

        let locator = KeyLocator(text: text)
        if let failure = locator.failure { return .failure(failure) }
        do {
            let table = try TOMLTable(string: String(decoding: text, as: UTF8.self))
            defer { table.clear() }
            return .success(TOMLDocument(root: members(of: table, depth: 0), locator: locator))
        } catch let error as TOMLParseError {
            let begin = error.source.begin
            return .failure(
                TextFailure(
                    position: SourcePosition(line: begin.line, column: begin.column),
                    reason: "not TOML: \(OperatorText.line(error.description))",
                    accepted: syntax
                )
            )
        } catch {
            return .failure(TextFailure(reason: "not TOML", accepted: syntax))
        }
    }

    private static func members(of table: TOMLTable, depth: Int) -> [String: TOMLNode] {
        var members: [String: TOMLNode] = [:]
        for key in table.keys {
            guard let value = table[key] else { continue }
            members[key] = node(value, depth: depth + 1)
        }
        return members
    }

    private static func node(_ value: any TOMLValueConvertible, depth: Int) -> TOMLNode {
        switch value.type {
        case .string: return .string(value.string ?? "")
        case .int: return .integer(value.int ?? 0)
        case .double: return .float(value.double ?? 0)
        case .bool: return .boolean(value.bool ?? false)
        case .date, .time, .dateTime: return .dateOrTime
        case .array:
            guard depth < depthLimit, let array = value.array else { return .array([]) }
            return .array(array.map { node($0, depth: depth + 1) })
        case .table:
            guard depth < depthLimit, let table = value.table else { return .table([:]) }
            return .table(members(of: table, depth: depth))
        }
    }
}
