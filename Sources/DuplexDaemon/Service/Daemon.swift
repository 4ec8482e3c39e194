// The daemon from its start to its end, on the main thread:
//   1. read the configuration, certificates and keys
//   2. raise and check the system's limits
//   3. open the listeners, tell the service manager READY
//   4. serve until a signal ends it       Service

internal import DuplexConfig
internal import DuplexPosix
internal import DuplexTLS
internal import HardwareCrypto
internal import Logging
internal import ProxyEngine

/// `duplexd run`: what the service does before it serves.
enum Daemon {
    /// Runs until a signal ends it.
    ///
    /// - Returns: what the process is to end with.
    /// - Thread: the main one, with the signals of ``Signals`` blocked and no other thread started.
    static func run(configurationPath: String) -> ExitStatus {
        let crypto = HardwareCrypto.status
        let ticketKeys: TicketKeys
        do {
            ticketKeys = try TicketKeys()
        } catch {
            Operator.tell("duplexd: \(error)")
            return .systemLimit
        }
        let loader = ConfigurationLoader(path: configurationPath, ticketKeys: ticketKeys, device: crypto.device)
        let loaded = loader.load()
        guard let configuration = loaded.outcome.configuration, let definitions = loaded.definitions else {
            Operator.tell(loaded.outcome.problems)
            return loaded.outcome.failure.map { ExitStatus($0) } ?? .configuration
        }

        let environment = Environment.current
        let sink = LogSink(
            level: Logger.Level(configuration.daemon.logLevel),
            format: .resolved(configuration.daemon.logFormat, environment: environment, output: .current)
        )
        let logger = sink.logger()
        logger.info(
            "starting",
            metadata: [
                "version": .string(Version.number), "wolfssl": .string(TLSLibrary.version),
                "hardware_crypto": .string("\(crypto)"), "config": .string(configurationPath),
            ]
        )
        logger.report(loaded.outcome.problems)
        let limits = LimitReport(logger: logger, descriptors: raisedDescriptorLimit(logger))
        limits.write(connections: configuration.daemon.maxConnections)

        let inherited = InheritedSockets(environment: environment)
        for complaint in inherited.complaints {
            logger.warning("inherited socket unusable", metadata: ["detail": "\(complaint)"])
        }

        let observer = LoggingObserver(sink: sink)
        let engine: Engine
        do {
            engine = try Engine(
                connectionLimit: configuration.daemon.maxConnections,
                inherited: inherited.sockets,
                observer: observer,
                releaseThreadCaches: { HardwareCrypto.releaseThreadContexts() }
            )
            try engine.apply(definitions, of: configuration.daemon)
        } catch let error as EngineError {
            return fail("\(error)", ExitStatus(error), logger)
        } catch {
            return fail("\(error)", .systemLimit, logger)
        }
        let reload = Reload(loader: loader, engine: engine, sink: sink, limits: limits, environment: environment)
        let service = Service(
            engine: engine,
            logger: logger,
            manager: ServiceManager(environment: environment),
            drainTimeout: configuration.daemon.drainTimeout,
            reload: { reload.run() }
        )
        service.run()
        observer.flush()
        return .success
    }

    private static func raisedDescriptorLimit(_ logger: Logger) -> UInt64? {
        do {
            return try ResourceLimits.raiseDescriptorLimit()
        } catch {
            logger.warning("descriptor limit not raised", metadata: ["detail": .string("\(error)")])
            return nil
        }
    }

    private static func fail(_ text: String, _ status: ExitStatus, _ logger: Logger) -> ExitStatus {
        logger.critical(
            "cannot start",
            metadata: ["detail": .string(text), "exit_status": .stringConvertible(status.rawValue)]
        )
        return status
    }
}
