// The demonstration, on the main thread:
//   1. make a certificate, start the embedded backend, listen
//   2. check the way of the bytes through our own TLS client     SelfCheck
//   3. print commands to try; serve until Ctrl-C                 Service

internal import DuplexPosix
internal import DuplexTLS
internal import Glibc
internal import HardwareCrypto
internal import Logging
internal import ProxyEngine

/// `duplexd demo`: everything in one process, without a file.
enum Demo {
    /// The certificate's validity, days.
    private static let certificateDays = 30
    /// More than one tries out at once; a bound so that the demonstration cannot take the machine.
    private static let connectionLimit = 1_000
    /// How long connections may go on after Ctrl-C.
    private static let drainTimeout = Duration.seconds(2)

    /// Runs until a signal ends it.
    ///
    /// - Parameters:
    ///   - listen: where to listen; the system picks another port if that one is taken.
    ///   - backend: nil: the embedded one.
    /// - Returns: what the process is to end with.
    /// - Thread: the main one, with the signals of ``Signals`` blocked and no other thread started.
    static func run(listen: ListenPoint, backend: BackendPoint?) -> ExitStatus {
        let crypto = HardwareCrypto.status
        Operator.show("duplexd \(Version.number), wolfSSL \(TLSLibrary.version), hardware crypto: \(crypto)")
        do {
            _ = try? ResourceLimits.raiseDescriptorLimit()
            let identity = try TLSIdentity.selfSigned(days: certificateDays)
            let settings = ServerSettings(identity: identity, ticketKeys: try TicketKeys(), device: crypto.device)
            let context = try TLSContext(server: settings)
            Operator.show(
                "certificate: ECDSA P-256 for localhost, 127.0.0.1 and ::1, \(certificateDays) days, in memory"
            )
            let embedded = backend == nil ? try DemoBackend() : nil
            guard let target = backend ?? embedded.map({ .address($0.address) }) else { return .systemLimit }
            return try serve(context, identity: identity, listen: listen, target: target, isEmbedded: embedded != nil)
        } catch let error as EngineError {
            Operator.tell("duplexd: \(error)")
            return ExitStatus(error)
        } catch {
            Operator.tell("duplexd: \(error)")
            return .systemLimit
        }
    }

    private static func serve(
        _ context: TLSContext,
        identity: TLSIdentity,
        listen: ListenPoint,
        target: BackendPoint,
        isEmbedded: Bool
    ) throws -> ExitStatus {
        let sink = LogSink(
            level: .debug,
            format: .resolved(.auto, environment: .current, output: .current)
        )
        let observer = LoggingObserver(sink: sink)
        let engine = try Engine(
            connectionLimit: connectionLimit,
            observer: observer,
            releaseThreadCaches: { HardwareCrypto.releaseThreadContexts() }
        )
        try open(engine, ProxyDefinition(name: "demo", listen: [listen], backends: [target], context: context))
        guard let address = engine.addresses.first?.address else { return .cannotListen }
        Operator.show("listening on \(address), backend \(isEmbedded ? "embedded, on " : "")\(target)")

        do {
            try SelfCheck(address: address.reachable, identity: identity, expectsEmbeddedBackend: isEmbedded).run()
        } catch {
            Operator.show("✗ \(error)")
            return .selfCheckFailed
        }
        Operator.show(DemoHints(address: address.reachable, isEmbedded: isEmbedded).text)

        let service = Service(
            engine: engine,
            logger: sink.logger(),
            manager: ServiceManager(environment: .current),
            drainTimeout: drainTimeout
        )
        service.run()
        observer.flush()
        return .success
    }

    /// Opens the listener, on a port of the system's choice if the wanted one is taken.
    private static func open(_ engine: Engine, _ definition: ProxyDefinition) throws(EngineError) {
        do {
            try engine.apply([definition])
        } catch {
            guard case .listen(_, .address(let address), let cause) = error, cause.code == EADDRINUSE,
                let host = address.host, let anyPort = SocketAddress(ip: host, port: 0)
            else { throw error }
            Operator.show("\(address) is taken; the system picks another port")
            var moved = definition
            moved.listen = [.address(anyPort)]
            try engine.apply([moved])
        }
    }
}

extension SocketAddress {
    /// Where a client on this machine reaches a listener: loopback for one on every interface.
    fileprivate var reachable: SocketAddress {
        switch (host, port) {
        case ("0.0.0.0", let port?): SocketAddress(ip: "127.0.0.1", port: port) ?? self
        case ("::", let port?): SocketAddress(ip: "::1", port: port) ?? self
        default: self
        }
    }
}
