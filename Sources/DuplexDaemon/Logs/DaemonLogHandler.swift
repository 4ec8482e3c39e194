internal import Logging

/// What connects swift-log to the sink.
struct DaemonLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    private let sink: LogSink
    private var ownLevel: Logger.Level?

    init(sink: LogSink) { self.sink = sink }

    /// The sink's level, which a reload may change, unless this handler was given one of its own.
    var logLevel: Logger.Level {
        get { ownLevel ?? sink.level }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = event.metadata.map { metadata.merging($0) { _, new in new } } ?? metadata
        sink.write(level: event.level, message: event.message.description, metadata: all)
    }
}
