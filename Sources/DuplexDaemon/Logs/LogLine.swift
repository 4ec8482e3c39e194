internal import DuplexPosix
internal import Logging

/// One event as one line, in any format.
struct LogLine {
    let time: UTCTime
    let level: Logger.Level
    let message: String
    let metadata: Logger.Metadata

    /// The line without its end, at most ``LineOutput/lineLimit`` bytes with it: long values are cut until it fits, and
    /// left out when nothing else helps.
    func text(_ format: LineFormat) -> String {
        for limit in [1024, 256, 64] {
            let line = rendered(format, metadata, limit: limit)
            if line.utf8.count < LineOutput.lineLimit { return line }
        }
        return rendered(format, [:], limit: 64)
    }

    private func rendered(_ format: LineFormat, _ metadata: Logger.Metadata, limit: Int) -> String {
        let fields = metadata.sorted { LogKeyOrder.precedes($0.key, $1.key) }
        switch format {
        case .text:
            return "\(time.textWithMilliseconds) \(level.rawValue) \(plain(fields, limit))"
        case .journal:
            return "<\(level.syslogPriority)>\(plain(fields, limit))"
        case .json:
            let heads = [
                "\"time\":\"\(time.textWithMilliseconds)\"", "\"level\":\"\(level.rawValue)\"",
                "\"message\":\(LogText.quoted(message, limit: limit))",
            ]
            let pairs = fields.map { "\(LogText.quoted($0.key, limit: limit)):\(Self.json($0.value, limit))" }
            return "{" + (heads + pairs).joined(separator: ",") + "}"
        }
    }

    private func plain(_ fields: [(key: String, value: Logger.MetadataValue)], _ limit: Int) -> String {
        let pairs = fields.map { "\($0.key)=\(LogText.value(Self.plain($0.value), limit: limit))" }
        return ([LogText.message(message, limit: limit)] + pairs).joined(separator: " ")
    }

    private static func plain(_ value: Logger.MetadataValue) -> String {
        switch value {
        case .string(let text): text
        case .stringConvertible(let value): value.description
        case .array(let values): values.map(plain).joined(separator: ",")
        case .dictionary(let values):
            values.sorted { $0.key < $1.key }.map { "\($0.key):\(plain($0.value))" }.joined(separator: ",")
        }
    }

    private static func json(_ value: Logger.MetadataValue, _ limit: Int) -> String {
        switch value {
        case .string(let text): return LogText.quoted(text, limit: limit)
        case .stringConvertible(let value):
            // Whole numbers and truth values are the same in Swift and in JSON.
            if value is any BinaryInteger || value is Bool { return value.description }
            return LogText.quoted(value.description, limit: limit)
        case .array(let values): return "[" + values.map { json($0, limit) }.joined(separator: ",") + "]"
        case .dictionary(let values):
            let pairs = values.sorted { $0.key < $1.key }
                .map { "\(LogText.quoted($0.key, limit: limit)):\(json($0.value, limit))" }
            return "{" + pairs.joined(separator: ",") + "}"
        }
    }
}
