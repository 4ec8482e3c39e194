internal import DuplexConfig
internal import HardwareCrypto
internal import Logging
internal import ProxyEngine

/// Takes a new version of the configuration and its certificates over, or keeps all of the old state and says why.
struct Reload {
    let loader: ConfigurationLoader
    let engine: Engine
    let sink: LogSink
    let limits: LimitReport
    let environment: Environment

    /// - Returns: the new `drain_timeout`; nil when the old state was kept.
    func run() -> Duration? {
        let logger = sink.logger()
        let loaded = loader.load()
        logger.report(loaded.outcome.problems)
        guard let configuration = loaded.outcome.configuration, let definitions = loaded.definitions else {
            logger.error("reload refused, old configuration kept", metadata: ["config": .string(loader.path)])
            return nil
        }
        do {
            try engine.apply(definitions, of: configuration.daemon)
        } catch {
            logger.error(
                "reload refused, old configuration kept",
                metadata: ["config": .string(loader.path), "detail": .string("\(error)")]
            )
            return nil
        }
        // A key that was replaced is wiped; one that stays is converted again at its next handshake.
        HardwareCrypto.releaseKeys()
        sink.set(
            level: Logger.Level(configuration.daemon.logLevel),
            format: .resolved(configuration.daemon.logFormat, environment: environment, output: .current)
        )
        limits.write(connections: configuration.daemon.maxConnections)
        return configuration.daemon.drainTimeout
    }
}
