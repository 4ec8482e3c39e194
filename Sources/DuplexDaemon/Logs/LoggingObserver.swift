internal import DuplexPosix
internal import Logging
internal import ProxyEngine

/// Writes down what the engine does.
///
/// - Thread: any.
struct LoggingObserver: EngineObserver {
    private let sink: LogSink
    private let logger: Logger
    private let throttle: EventThrottle<Kind>

    /// What is counted together.
    private struct Kind: Hashable, Sendable {
        let message: String
        let proxy: String
        let level: Logger.Level
    }

    init(sink: LogSink) {
        let logger = sink.logger()
        self.sink = sink
        self.logger = logger
        throttle = EventThrottle { kind, count in
            logger.log(
                level: kind.level,
                "\(kind.message) again",
                metadata: ["proxy": .string(kind.proxy), "count": .stringConvertible(count)]
            )
        }
    }

    var wantsReports: Bool { sink.level <= .debug }

    func connectionEnded(_ report: ConnectionReport) {
        logger.debug("connection ended", metadata: Self.metadata(of: report))
    }

    func clientRefused(_ refusal: Refusal, proxy: String, client: SocketAddress?) {
        let message =
            switch refusal {
            case .tableFull: "client refused: connection limit reached"
            case .noDescriptor: "client refused: no descriptor left"
            case .noThread: "client refused: no thread left"
            }
        let kind = Kind(message: message, proxy: proxy, level: .notice)
        guard throttle.admits(kind) else { return }
        var metadata: Logger.Metadata = ["proxy": .string(proxy)]
        if let client { metadata["client"] = .string("\(client)") }
        switch refusal {
        case .tableFull(let limit): metadata["limit"] = .stringConvertible(limit)
        case .noDescriptor: break
        case .noThread(let error): metadata["detail"] = .string("\(error)")
        }
        logger.log(level: kind.level, "\(message)", metadata: metadata)
    }

    func acceptFailed(_ error: SystemCallError, proxy: String) {
        let kind = Kind(message: "accept failed", proxy: proxy, level: .error)
        guard throttle.admits(kind) else { return }
        logger.log(
            level: kind.level,
            "accept failed",
            metadata: ["proxy": .string(proxy), "detail": .string("\(error)")]
        )
    }

    /// Writes down what has been counted and not reported yet, before the process ends.
    func flush() { throttle.flush() }

    static func metadata(of report: ConnectionReport) -> Logger.Metadata {
        var metadata: Logger.Metadata = [
            "connection": .stringConvertible(report.id),
            "proxy": .string(report.proxy),
            "client": .string("\(report.client)"),
            "reason": .string(report.reason.rawValue),
            "bytes_to_backend": .stringConvertible(report.bytesToBackend),
            "bytes_to_client": .stringConvertible(report.bytesToClient),
            "duration_ms": .stringConvertible(report.duration.wholeNanoseconds / 1_000_000),
        ]
        if let session = report.session {
            metadata["tls"] = .string("\(session.version)")
            metadata["suite"] = .string("\(session.suite)")
            metadata["resumed"] = .stringConvertible(session.isResumed)
            if let name = session.applicationProtocol { metadata["alpn"] = .string(name) }
        }
        if let name = report.serverName { metadata["sni"] = .string(name) }
        if let alert = report.alertReceived { metadata["alert_received"] = .string("\(alert)") }
        if let alert = report.alertSent { metadata["alert_sent"] = .string("\(alert)") }
        if let detail = report.detail { metadata["detail"] = .string(detail) }
        return metadata
    }
}
